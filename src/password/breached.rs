//! Passwords that were stolen elsewhere: a file of their hashes, sorted, in which one is looked up without reading it.

use sha1::{Digest, Sha1};
use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Length of a SHA-1 hash in hexadecimal.
const HASH_LETTERS: usize = 40;

/// Longest line: the hash, a colon, a count, and the end.
const LINE_BYTES_MAX: u64 = 96;

/// A list of hashes of breached passwords: a line for each, its SHA-1 in hexadecimal, sorted; what stands behind a colon
/// is not looked at.
#[derive(Debug)]
pub struct Breached {
    file: File,
    length: u64,
}

/// A line of the file.
struct Line {
    hash: [u8; HASH_LETTERS],
    start: u64,
    /// Where the next one starts.
    end: u64,
}

fn no_list() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "this is no sorted list of SHA-1 hashes, each on a line of its own")
}

impl Breached {
    /// Opens a list. It is read where it is asked, and never as a whole; a file that is put in its place is used from the
    /// next start on.
    ///
    /// # Errors
    /// Where it cannot be read, or its ends are no lines of such a list.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let list = Self { file, length };
        if length == 0 {
            return Err(no_list());
        }
        let (first, last) = (list.line_at(0)?, list.line_at(length - 1)?);
        if first.start != 0 || first.hash > last.hash {
            return Err(no_list());
        }
        Ok(list)
    }

    /// Whether this password is in the list.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn holds(&self, password: &str) -> io::Result<bool> {
        let wanted = data_encoding::HEXUPPER.encode(&Sha1::digest(password.as_bytes()));
        let (mut low, mut high) = (0, self.length);
        // Both ends are where lines start, and what is between them gets shorter by a line at least.
        while low < high {
            let line = self.line_at(low + (high - low) / 2)?;
            match line.hash.as_slice().cmp(wanted.as_bytes()) {
                Ordering::Equal => return Ok(true),
                Ordering::Less => low = line.end,
                Ordering::Greater => high = line.start,
            }
        }
        Ok(false)
    }

    /// The line in which this byte is; the end of a line belongs to it.
    fn line_at(&self, at: u64) -> io::Result<Line> {
        let from = at.saturating_sub(LINE_BYTES_MAX);
        let to = at.saturating_add(LINE_BYTES_MAX).min(self.length);
        let mut bytes = vec![0; usize::try_from(to - from).map_err(|_| no_list())?];
        self.file.read_exact_at(&mut bytes, from)?;
        let here = usize::try_from(at - from).map_err(|_| no_list())?;
        let start = match bytes[..here].iter().rposition(|byte| *byte == b'\n') {
            Some(before) => before + 1,
            None if from == 0 => 0,
            None => return Err(no_list()),
        };
        let end = match bytes[here..].iter().position(|byte| *byte == b'\n') {
            Some(after) => here + after + 1,
            None if to == self.length => bytes.len(),
            None => return Err(no_list()),
        };
        let mut letters = bytes[start..end].iter().map(u8::to_ascii_uppercase);
        let mut hash = [0; HASH_LETTERS];
        for place in &mut hash {
            *place = letters.next().filter(u8::is_ascii_hexdigit).ok_or_else(no_list)?;
        }
        match letters.next() {
            None | Some(b':' | b'\r' | b'\n') => {}
            Some(_) => return Err(no_list()),
        }
        Ok(Line { hash, start: from + start as u64, end: from + end as u64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn sha1(text: &str) -> String {
        data_encoding::HEXUPPER.encode(&Sha1::digest(text.as_bytes()))
    }

    /// A list with these passwords, in lines that end like this.
    fn list(passwords: &[String], end: &str) -> Breached {
        let mut lines: Vec<String> = passwords.iter().map(|password| sha1(password)).collect();
        lines.sort();
        let text: String =
            lines.iter().enumerate().map(|(n, hash)| format!("{hash}:{}{end}", 7_usize.pow(n as u32 % 12))).collect();
        opened(text.as_bytes()).unwrap()
    }

    fn opened(content: &[u8]) -> io::Result<Breached> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        Breached::open(file.path())
    }

    #[test]
    fn every_password_of_the_list_is_found_and_no_other() {
        for count in [1, 2, 3, 50, 1000] {
            let passwords: Vec<String> = (0..count).map(|n| format!("password {n}")).collect();
            for end in ["\n", "\r\n"] {
                let list = list(&passwords, end);
                for (n, password) in passwords.iter().enumerate() {
                    assert!(list.holds(password).unwrap(), "{password} of {count}");
                    assert!(!list.holds(&format!("another {n}")).unwrap(), "{n} of {count}");
                }
            }
        }
    }

    #[test]
    fn counts_small_letters_and_the_last_end_of_a_line_may_be_missing() {
        assert_eq!(sha1("password"), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
        for content in [
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824",
            "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
            "0000000000000000000000000000000000000000\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\r\n",
        ] {
            let list = opened(content.as_bytes()).unwrap();
            assert!(list.holds("password").unwrap(), "{content}");
            assert!(!list.holds("Password").unwrap(), "{content}");
        }
    }

    #[test]
    fn what_is_no_such_list_is_refused_when_it_is_opened() {
        for content in [
            "",
            "\n",
            "password\n",
            "8846F7EAEE8FB117AD06BDD830B7586C:12\n",
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8FF:1\n",
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1\n0000000000000000000000000000000000000000:1\n",
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1\n\n",
            &"5".repeat(1000),
        ] {
            assert!(opened(content.as_bytes()).is_err(), "{content}");
        }
        assert!(Breached::open(Path::new("/nowhere/at/all")).is_err());
    }

    proptest! {
        #[test]
        fn any_file_is_searched_or_refused(content in proptest::collection::vec(any::<u8>(), 0..400), text in "[0-9A-F:\\n]{0,400}") {
            for content in [content.as_slice(), text.as_bytes()] {
                if let Ok(list) = opened(content) {
                    // It may be sorted at its ends only; then the answer is yes, no or an error, and it comes.
                    let _ = list.holds("password");
                }
            }
        }
    }
}
