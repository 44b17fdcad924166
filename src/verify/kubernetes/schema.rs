//! The `OpenAPI` dialect of Kubernetes as typed values: what the committed documents may say about an object.
//!
//! Rules in CEL (`x-kubernetes-validations`) are in the documents and are not read here: only an API server evaluates them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

/// The kinds of one file of schemas and the definitions that they share.
#[derive(Debug, Default, Deserialize)]
pub struct Document {
    /// By `<apiVersion> <kind>`.
    pub kinds: BTreeMap<String, Resource>,
    /// What `$ref` counts into.
    pub definitions: Vec<Schema>,
}

/// One kind of object.
#[derive(Debug, Deserialize)]
pub struct Resource {
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// What an object looks like.
    pub schema: Schema,
}

/// What a value may look like; an empty one allows everything.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a keyword of the schema language")]
pub struct Schema {
    /// The position of the definition that holds as well.
    #[serde(rename = "$ref")]
    pub reference: Option<usize>,
    /// The type.
    #[serde(rename = "type")]
    pub kind: Option<Type>,
    /// Fields by name.
    pub properties: BTreeMap<String, Schema>,
    /// Fields that must be there.
    pub required: Vec<String>,
    /// What every other field looks like, for a map.
    pub additional_properties: Option<Box<Schema>>,
    /// What every item of a list looks like.
    pub items: Option<Box<Schema>>,
    /// The closed set of values; empty where there is none.
    #[serde(rename = "enum")]
    pub allowed: Vec<Value>,
    /// A regular expression that a string contains.
    pub pattern: Option<Pattern>,
    /// A form of a string or number.
    pub format: Option<Format>,
    /// Whether null is a value.
    pub nullable: bool,
    /// What an absent value stands for.
    pub default: Option<Value>,
    /// The smallest number.
    pub minimum: Option<f64>,
    /// The largest number.
    pub maximum: Option<f64>,
    /// Whether the smallest number itself is too small.
    pub exclusive_minimum: bool,
    /// The fewest characters.
    pub min_length: Option<usize>,
    /// The most characters.
    pub max_length: Option<usize>,
    /// The fewest items of a list.
    pub min_items: Option<usize>,
    /// The most items of a list.
    pub max_items: Option<usize>,
    /// The fewest fields.
    pub min_properties: Option<usize>,
    /// The most fields.
    pub max_properties: Option<usize>,
    /// Schemas that all hold.
    pub all_of: Vec<Schema>,
    /// Schemas of which one or more hold.
    pub any_of: Vec<Schema>,
    /// Schemas of which exactly one holds.
    pub one_of: Vec<Schema>,
    /// A schema that does not hold.
    pub not: Option<Box<Schema>>,
    /// Whether fields that are not named are kept.
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    pub open: bool,
    /// Whether the value is an integer or a string.
    #[serde(rename = "x-kubernetes-int-or-string")]
    pub int_or_string: bool,
    /// Whether the value is a whole object with a kind and metadata.
    #[serde(rename = "x-kubernetes-embedded-resource")]
    pub embedded: bool,
    /// How the items of a list are told apart.
    #[serde(rename = "x-kubernetes-list-type")]
    pub list_type: Option<ListType>,
    /// The fields that tell the items of a [`ListType::Map`] apart.
    #[serde(rename = "x-kubernetes-list-map-keys")]
    pub list_keys: Vec<String>,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// A mapping.
    Object,
    /// A list.
    Array,
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListType {
    /// Not at all.
    Atomic,
    /// Each value once.
    Set,
    /// Each combination of key fields once.
    Map,
}

/// A form of a string or number; those in the second half are this tool's own names for what the API server checks in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A number of 32 bits.
    Int32,
    /// An RFC 3339 time.
    DateTime,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A network in CIDR form.
    Cidr,
    /// Bytes in base64.
    Byte,
    /// An amount such as `500m` or `2Gi`.
    Quantity,
    /// A percentage, where the value is a string.
    Percentage,
    /// The name of a port, where the value is a string.
    PortName,
    /// A DNS label (RFC 1123).
    DnsLabel,
    /// A DNS subdomain (RFC 1123).
    DnsSubdomain,
    /// The key of a label.
    LabelKey,
    /// The value of a label.
    LabelValue,
    /// A key of a `ConfigMap` or `Secret`.
    ConfigKey,
    /// The name of an environment variable.
    EnvName,
    /// A schedule of cron.
    Cron,
    /// A form that constrains nothing more than the type does, or that the API server does not enforce either.
    #[serde(other)]
    Other,
}

/// A regular expression that is compiled when it is first used.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub struct Pattern {
    /// Its text.
    pub text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }
}

impl Pattern {
    /// Whether a text contains a match; never so for a pattern that does not compile.
    pub fn matches(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&self.text).ok());
        compiled.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }
}
