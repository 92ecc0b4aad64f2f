//! Where an address is, as a database of places (MMDB files, of any maker) says. Always approximate.

mod credit;

pub use credit::Credit;

use super::shown;
use crate::domain::device::Place;
use crate::domain::time::Timestamp;
use maxminddb::{LookupResult, Mmap, PathElement, Reader};
use std::fs::Metadata;
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};
use thiserror::Error;

/// What is known of where an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// In a network of somebody's own: a house, an office, a provider's inner network, this machine.
    Private,
    /// No database is configured, or it says nothing.
    Unknown,
    /// Where the database puts it.
    At(Place),
}

/// Why a database of places cannot be used.
#[derive(Debug, Error)]
pub enum GeoError {
    /// The file is not there or may not be read.
    #[error("cannot open the database of places {path}")]
    File {
        /// The path as configured.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is there, and is no MMDB.
    #[error("the database of places {path} is not an MMDB file that can be read")]
    Format {
        /// The path as configured.
        path: PathBuf,
        /// What the reader said.
        source: maxminddb::MaxMindDbError,
    },
}

/// A database of places, mapped into memory. Its files may be replaced by renaming others over them, never written in
/// place.
pub struct GeoDatabase {
    files: Vec<GeoFile>,
    credit: Option<Credit>,
}

/// What a database of places says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutPlaces {
    /// Its type in its maker's words, such as `GeoLite2-City`; of several files each one's.
    pub kind: String,
    /// When it was built; of several files the oldest.
    pub built_at: Timestamp,
    /// Whom pages that show places from it must name.
    pub credits: Vec<Credit>,
}

struct GeoFile {
    path: PathBuf,
    reader: RwLock<Reader<Mmap>>,
    /// What was at the path when it was last looked at, whether or not it could be opened; `None` for nothing.
    looked_at: Mutex<Option<FileIdentity>>,
}

/// What changes when another file takes the path.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl From<Metadata> for FileIdentity {
    fn from(file: Metadata) -> Self {
        Self { device: file.dev(), inode: file.ino(), size: file.size(), modified: (file.mtime(), file.mtime_nsec()) }
    }
}

impl GeoDatabase {
    /// Opens MMDB files, whatever their makers and their fields. Some makers have one for each version of IP: the files
    /// are asked in this order, and the first that knows a place is believed.
    pub fn open<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Result<Self, GeoError> {
        let files = paths.into_iter().map(|path| GeoFile::open(path.into())).collect::<Result<_, _>>()?;
        Ok(Self { files, credit: None })
    }

    /// Names somebody else than the types of the files tell.
    #[must_use]
    pub fn with_credit(self, credit: Option<Credit>) -> Self {
        Self { credit, ..self }
    }

    /// What the files say of themselves.
    pub fn about(&self) -> AboutPlaces {
        let mut kinds: Vec<String> = Vec::new();
        let mut credits: Vec<Credit> = self.credit.clone().into_iter().collect();
        let mut built_at = i64::MAX;
        for file in &self.files {
            let reader = file.reader();
            let about = reader.metadata();
            let kind = shown(&about.database_type);
            credits.extend(Credit::of(&kind).filter(|credit| self.credit.is_none() && !credits.contains(credit)));
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
            built_at = built_at.min(i64::try_from(about.build_epoch).unwrap_or(i64::MAX).saturating_mul(1000));
        }
        AboutPlaces { kind: kinds.join(", "), built_at: Timestamp::from_millis(built_at), credits }
    }

    /// Opens anew the files whose paths others have taken; to be called now and then. Says whether there were any. On an
    /// error, which is said once, the old data stay in use.
    pub fn reload_if_changed(&self) -> Result<bool, GeoError> {
        // Each is tried, so that one broken file does not hold up the others.
        let reloaded: Vec<_> = self.files.iter().map(GeoFile::reload_if_changed).collect();
        reloaded.into_iter().try_fold(false, |any, reloaded| Ok(reloaded? || any))
    }

    /// Where `address` is.
    pub fn place(&self, address: IpAddr) -> Located {
        let address = address.to_canonical();
        if is_private(address) {
            return Located::Private;
        }
        let found = self.files.iter().map(|file| file.place(address)).find(|place| *place != Place::default());
        found.map_or(Located::Unknown, Located::At)
    }
}

impl GeoFile {
    fn open(path: PathBuf) -> Result<Self, GeoError> {
        // Taken before the file is opened: should it be replaced in between, the next look finds a change.
        let looked_at = Mutex::new(Some(FileIdentity::of(&path)?));
        let reader = RwLock::new(open_mapped(&path)?);
        Ok(Self { path, reader, looked_at })
    }

    fn reader(&self) -> RwLockReadGuard<'_, Reader<Mmap>> {
        self.reader.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn reload_if_changed(&self) -> Result<bool, GeoError> {
        let found = FileIdentity::of(&self.path);
        let is_there = found.as_ref().ok().copied();
        let before = std::mem::replace(&mut *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner), is_there);
        if before == is_there {
            return Ok(false);
        }
        found?;
        let reader = open_mapped(&self.path)?;
        *self.reader.write().unwrap_or_else(PoisonError::into_inner) = reader;
        Ok(true)
    }

    fn place(&self, address: IpAddr) -> Place {
        // A record that cannot be read is as good as none, and so is a file for the other version of IP: the place is
        // only ever a hint.
        self.reader().lookup(address).map(|record| place_in(&record)).unwrap_or_default()
    }
}

/// Where `address` is, whether or not there is a database to ask.
pub fn locate(database: Option<&GeoDatabase>, address: IpAddr) -> Located {
    match database {
        Some(database) => database.place(address),
        None if is_private(address.to_canonical()) => Located::Private,
        None => Located::Unknown,
    }
}

impl FileIdentity {
    fn of(path: &Path) -> Result<Self, GeoError> {
        let file = std::fs::metadata(path).map_err(|source| GeoError::File { path: path.to_owned(), source })?;
        Ok(file.into())
    }
}

fn open_mapped(path: &Path) -> Result<Reader<Mmap>, GeoError> {
    #[expect(unsafe_code, reason = "mapping a file into memory has no safe form, and these files have 100 MB")]
    // SAFETY: the file must not change while it is mapped. Databases are replaced by renaming a new file over the old
    // one, which leaves the mapped one as it is; the manual and this type's documentation ask for that.
    let reader = unsafe { Reader::open_mmap(path) };
    reader.map_err(|source| GeoError::Format { path: path.to_owned(), source })
}

/// Whether an address is of no public network: loopback, private (RFC 1918), link-local, shared by a provider's customers (RFC 6598) or unique local (RFC 4193).
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// The place in a record of either layout: MaxMind's nested one, or the flat one of smaller databases.
fn place_in(record: &LookupResult<'_, Mmap>) -> Place {
    let text = |path: &[PathElement<'_>]| {
        let text = record.decode_path::<&str>(path).ok().flatten().map(shown);
        // Some makers write a dash where they know nothing.
        text.filter(|text| !text.is_empty() && text != "-")
    };
    let flat = |name| text(&[PathElement::Key(name)]);
    let english = |name| text(&[PathElement::Key(name), PathElement::Key("names"), PathElement::Key("en")]);
    let subdivision = ["subdivisions".into(), PathElement::Index(0), PathElement::Key("names"), PathElement::Key("en")];
    // Some flat databases have the code in `country`, others the name.
    let (flat_code, flat_name) = match flat("country") {
        Some(code) if code.len() == 2 => (Some(code), None),
        name => (None, name),
    };
    Place {
        city: english("city").or_else(|| flat("city")),
        region: text(&subdivision).or_else(|| flat("region")).or_else(|| flat("state1")),
        country: english("country").or_else(|| flat("country_name")).or(flat_name),
        country_code: text(&["country".into(), "iso_code".into()])
            .or_else(|| flat("country_code"))
            .or(flat_code)
            .map(|code| code.to_ascii_uppercase())
            // ZZ is how they say that they do not know the country.
            .filter(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) && code != "ZZ"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Made by tests/data/make-places.py, which says what is where.
    const NESTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/places-nested.mmdb");
    const FLAT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/places-flat.mmdb");

    fn place(database: &GeoDatabase, address: &str) -> Located {
        database.place(address.parse().unwrap())
    }

    fn at(city: &str, region: &str, country: &str, code: &str) -> Located {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Located::At(Place { city: some(city), region: some(region), country: some(country), country_code: some(code) })
    }

    #[test]
    fn a_nested_record_gives_its_english_names() {
        let database = GeoDatabase::open([NESTED]).unwrap();
        assert_eq!(place(&database, "203.0.113.9"), at("Cairns", "Queensland", "Australia", "AU"));
        assert_eq!(place(&database, "::ffff:203.0.113.9"), at("Cairns", "Queensland", "Australia", "AU"));
        assert_eq!(place(&database, "2001:db8::1"), at("", "", "", "NZ"));
    }

    #[test]
    fn a_flat_record_gives_what_it_has_under_any_of_the_usual_names() {
        let database = GeoDatabase::open([FLAT]).unwrap();
        assert_eq!(place(&database, "203.0.113.1"), at("Cairns", "Queensland", "Australia", "AU"));
        assert_eq!(place(&database, "203.0.113.65"), at("Nelson", "Tasman", "New Zealand", "NZ"));
        assert_eq!(place(&database, "203.0.113.129"), at("", "", "", "FJ"));
        assert_eq!(place(&database, "203.0.113.193"), at(&format!("AB{}", "x".repeat(62)), "", "", ""));
        assert_eq!(place(&database, "198.51.100.1"), at("", "", "", "WS"), "a code alone is kept");
        assert_eq!(place(&database, "198.51.100.129"), Located::Unknown, "a dash and ZZ say that nothing is known");
    }

    #[test]
    fn several_files_are_asked_in_turn() {
        let database = GeoDatabase::open([FLAT, NESTED]).unwrap();
        assert_eq!(place(&database, "203.0.113.65"), at("Nelson", "Tasman", "New Zealand", "NZ"));
        assert_eq!(place(&database, "2001:db8::1"), at("", "", "", "NZ"), "the first has no such addresses");
        assert_eq!(place(&database, "192.0.2.1"), Located::Unknown);
    }

    #[test]
    fn a_database_says_what_it_is_and_the_credit_of_the_configuration_wins() {
        let about = GeoDatabase::open([NESTED]).unwrap().about();
        assert_eq!((about.kind.as_str(), about.credits), ("Innkeeper-Test-City", Vec::new()));
        assert_eq!(about.built_at, Timestamp::from_millis(1_790_000_000_000));

        let both = || GeoDatabase::open([NESTED, FLAT]).unwrap();
        let about = both().about();
        assert_eq!(about.kind, "Innkeeper-Test-City, IP2LITE-Innkeeper-Test");
        assert_eq!(about.built_at, Timestamp::from_millis(1_780_000_000_000), "the older of the two");
        assert_eq!(about.credits.len(), 1);
        assert!(about.credits[0].text.contains("IP2Location"));

        let credit = Credit { text: "Places by the harbour master".into(), url: None };
        assert_eq!(both().with_credit(Some(credit.clone())).about().credits, [credit]);
    }

    #[test]
    fn a_place_is_unknown_where_the_database_has_no_record_no_field_or_no_such_addresses() {
        let nested = GeoDatabase::open([NESTED]).unwrap();
        for address in ["198.51.100.1", "203.0.113.129", "2001:db8:8000::1"] {
            assert_eq!(place(&nested, address), Located::Unknown, "{address}");
        }
        assert_eq!(place(&GeoDatabase::open([FLAT]).unwrap(), "2001:db8::1"), Located::Unknown);
        assert_eq!(locate(None, "203.0.113.9".parse().unwrap()), Located::Unknown);
    }

    #[test]
    fn a_private_network_is_not_looked_up() {
        let database = GeoDatabase::open([NESTED]).unwrap();
        for address in [
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "::1",
            "fe80::1",
            "fc00::1",
            "fdff::1",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(place(&database, address), Located::Private, "{address}");
            assert_eq!(locate(None, address.parse().unwrap()), Located::Private, "{address}");
        }
        for address in ["9.255.255.255", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.0", "fe00::1"] {
            assert_eq!(place(&database, address), Located::Unknown, "{address}");
        }
    }

    #[test]
    fn a_file_renamed_over_the_old_one_is_taken_up_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("places.mmdb");
        let replace = |with: &[u8]| {
            std::fs::write(folder.path().join("new"), with).unwrap();
            std::fs::rename(folder.path().join("new"), &path).unwrap();
        };
        replace(&std::fs::read(NESTED).unwrap());
        let database = GeoDatabase::open([&path]).unwrap();
        assert!(!database.reload_if_changed().unwrap());
        assert_eq!(place(&database, "203.0.113.65"), at("Cairns", "Queensland", "Australia", "AU"));

        replace(&std::fs::read(FLAT).unwrap());
        assert!(database.reload_if_changed().unwrap());
        assert!(!database.reload_if_changed().unwrap());
        assert_eq!(place(&database, "203.0.113.65"), at("Nelson", "Tasman", "New Zealand", "NZ"));

        replace(b"not a database");
        assert!(matches!(database.reload_if_changed(), Err(GeoError::Format { .. })));
        assert!(!database.reload_if_changed().unwrap(), "what is broken is said once");
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(database.reload_if_changed(), Err(GeoError::File { .. })));
        assert!(!database.reload_if_changed().unwrap(), "what is missing is said once");
        assert_eq!(place(&database, "203.0.113.65"), at("Nelson", "Tasman", "New Zealand", "NZ"));

        replace(&std::fs::read(NESTED).unwrap());
        assert!(database.reload_if_changed().unwrap());
        assert_eq!(place(&database, "203.0.113.65"), at("Cairns", "Queensland", "Australia", "AU"));
    }

    #[test]
    fn a_file_that_is_missing_empty_or_something_else_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("places.mmdb");
        assert!(matches!(GeoDatabase::open([&path]), Err(GeoError::File { .. })));
        for content in ["", "nonsense", "\u{ab}\u{cd}\u{ef}MaxMind.com"] {
            std::fs::write(&path, content).unwrap();
            assert!(matches!(GeoDatabase::open([&path]), Err(GeoError::Format { .. })), "{content:?}");
        }
    }

    proptest! {
        #[test]
        fn any_address_is_somewhere_or_nowhere(address in any::<IpAddr>()) {
            let database = GeoDatabase::open([NESTED]).unwrap();
            prop_assert!(matches!(database.place(address), Located::Private | Located::Unknown | Located::At(_)));
        }
    }
}
