//! x

use crate::diag::Code;

/// x
pub const NOT_UTF8: Code = Code("IT101");
/// x
pub const TOO_LARGE: Code = Code("IT102");
/// x
pub const SYNTAX: Code = Code("IT103");
/// x
pub const TAB: Code = Code("IT104");
/// x
pub const DUPLICATE_KEY: Code = Code("IT105");
/// x
pub const SEVERAL_DOCUMENTS: Code = Code("IT106");
/// x
pub const EMPTY: Code = Code("IT107");
/// x
pub const ALIAS: Code = Code("IT108");
/// x
pub const TOO_DEEP: Code = Code("IT109");
/// x
pub const CONTROL_CHARACTER: Code = Code("IT110");
/// x
pub const TAG: Code = Code("IT111");
/// x
pub const MERGE_KEY: Code = Code("IT112");
/// x
pub const OCTAL: Code = Code("IT113");
/// x
pub const NUMBER: Code = Code("IT114");
/// x
pub const KEY: Code = Code("IT115");
