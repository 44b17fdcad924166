//! Reads what a geo database in the MMDB format knows of an address. Which data centre follows from it is not decided
//! here.

use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::geoip2::City;
use maxminddb::{MaxMindDbError, Reader};

use super::{FileError, at};
use crate::model::trace::{Place, Record};

/// The largest database that is read; those with cities have less than a tenth of it.
const MAX_BYTES: u64 = 1 << 30;

/// A database that tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is no such database, or a broken one.
    #[error("`{path}` is no geo database in MaxMind's format: {source}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: MaxMindDbError,
    },
    /// It is larger than any such database.
    #[error("`{0}` is too large: at most {mb} MB are read", mb = MAX_BYTES >> 20)]
    TooLarge(PathBuf),
    /// It knows no cities, and so neither subdivisions nor coordinates.
    #[error("`{path}` is a database of the type {kind}: regions and coordinates are in those of cities only")]
    NoCities {
        /// The file.
        path: PathBuf,
        /// Its type.
        kind: String,
    },
}

/// Whether there is such a file on this machine.
pub fn exists(database: &Path) -> bool {
    database.is_file()
}

/// What a database knows of an address.
pub fn locate(database: &Path, address: IpAddr) -> Result<Place, GeoError> {
    let broken = |source| GeoError::Format { path: database.to_owned(), source };
    let reader = Reader::from_source(bytes(database)?).map_err(broken)?;
    let kind = &reader.metadata().database_type;
    if !kind.contains("City") {
        return Err(GeoError::NoCities { path: database.to_owned(), kind: kind.clone() });
    }
    if address.is_ipv6() && reader.metadata().ip_version == 4 {
        return Ok(Place::NotListed);
    }
    let found = reader.lookup(address).map_err(broken)?;
    let city: Option<City<'_>> = found.decode().map_err(broken)?;
    Ok(city.map_or(Place::NotListed, |city| Place::Listed(record(&city))))
}

fn record(city: &City<'_>) -> Record {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let subdivisions = city.subdivisions.iter().filter_map(|it| text(it.iso_code));
    Record {
        continent: text(city.continent.code),
        country: text(city.country.iso_code),
        parts: subdivisions.chain(text(city.city.names.english)).collect(),
        coordinates: city.location.latitude.zip(city.location.longitude).map(|(latitude, longitude)| [latitude, longitude]),
    }
}

/// The whole file: a lookup jumps about in it.
fn bytes(database: &Path) -> Result<Vec<u8>, GeoError> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(database).map_err(at("open", database))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(at("read", database))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(GeoError::TooLarge(database.to_owned()));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One byte of type and size, for sizes below 29; a type above 7 takes a second byte.
    fn head(kind: u8, size: usize) -> Vec<u8> {
        let size = u8::try_from(size).unwrap();
        if kind < 8 { vec![kind << 5 | size] } else { vec![size, kind - 7] }
    }

    fn text(text: &str) -> Vec<u8> {
        [head(2, text.len()), text.into()].concat()
    }

    fn number(kind: u8, number: u8) -> Vec<u8> {
        [head(kind, 1), vec![number]].concat()
    }

    fn degrees(degrees: f64) -> Vec<u8> {
        [head(3, 8), degrees.to_be_bytes().into()].concat()
    }

    fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let pairs = pairs.iter().map(|(key, value)| [text(key), value.clone()].concat());
        std::iter::once(head(7, pairs.len())).chain(pairs).collect::<Vec<_>>().concat()
    }

    /// A database of one node: the lower half of all addresses has this record, the upper half none.
    fn database(kind: &str, record: &[u8]) -> Vec<u8> {
        let metadata = map(&[
            ("binary_format_major_version", number(5, 2)),
            ("binary_format_minor_version", head(5, 0)),
            ("build_epoch", number(9, 1)),
            ("database_type", text(kind)),
            ("description", map(&[("en", text("test"))])),
            ("ip_version", number(5, 4)),
            ("languages", [head(11, 1), text("en")].concat()),
            ("node_count", number(6, 1)),
            ("record_size", number(5, 24)),
        ]);
        let node = [0, 0, 17, 0, 0, 1];
        [&node[..], &[0; 16], record, b"\xab\xcd\xefMaxMind.com", &metadata].concat()
    }

    fn located(bytes: &[u8], address: &str) -> Result<Place, GeoError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        locate(file.path(), address.parse().unwrap())
    }

    #[test]
    fn a_record_is_what_name_servers_look_at() {
        let subdivision = [head(11, 1), map(&[("iso_code", text("MOW"))])].concat();
        let record = map(&[
            ("continent", map(&[("code", text("EU"))])),
            ("country", map(&[("iso_code", text("RU"))])),
            ("subdivisions", subdivision),
            ("city", map(&[("names", map(&[("en", text("Moscow"))]))])),
            ("location", map(&[("latitude", degrees(55.75)), ("longitude", degrees(37.62))])),
        ]);
        let bytes = database("GeoLite2-City", &record);
        let known = Record {
            continent: Some("EU".to_owned()),
            country: Some("RU".to_owned()),
            parts: vec!["MOW".to_owned(), "Moscow".to_owned()],
            coordinates: Some([55.75, 37.62]),
        };
        assert_eq!(located(&bytes, "77.88.8.8").unwrap(), Place::Listed(known));
        for address in ["200.1.1.1", "2001:db8::1"] {
            assert_eq!(located(&bytes, address).unwrap(), Place::NotListed, "{address}");
        }
        let empty = database("GeoLite2-City", &map(&[]));
        assert_eq!(located(&empty, "77.88.8.8").unwrap(), Place::Listed(Record::default()));
    }

    #[test]
    fn what_is_no_database_of_cities_is_refused() {
        let refused = |bytes: &[u8]| located(bytes, "77.88.8.8").unwrap_err().to_string();
        assert!(refused(b"hello").contains("is no geo database"));
        assert!(refused(&database("GeoLite2-Country", &map(&[]))).contains("GeoLite2-Country"));
        let good = database("GeoLite2-City", &map(&[("continent", map(&[("code", text("EU"))]))]));
        for end in 0..good.len() {
            drop(located(&good[..end], "77.88.8.8"));
            let mut bent = good.clone();
            bent[end] ^= 0xff;
            drop(located(&bent, "77.88.8.8"));
        }
        assert!(locate(Path::new("/no/such/file"), "77.88.8.8".parse().unwrap()).is_err());
    }
}
