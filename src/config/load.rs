//! Finds the configuration file, lays the environment over it, and makes one [`Config`] of both or a list of problems.

use super::error::{ConfigError, Place, Problem};
use super::keys::{FILE_VARIABLE, KEYS, PREFIX};
use super::source::{self, Document, Found};
use super::{Config, read};
use std::io;
use std::path::{Path, PathBuf};

/// The file that is read where none is named, if it exists.
const FILE_DEFAULT: &str = "innkeeper.toml";

/// Our variables of this process, for [`Config::load`]. A value that is not UTF-8 comes with a replacement character,
/// which `load` refuses by the variable's name.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .filter(|(name, _)| name.starts_with(PREFIX))
}

impl Config {
    /// Reads the file given, else the one that `INNKEEPER_CONFIG` names, else `innkeeper.toml` in the current folder if
    /// there is one; what `env` sets wins over it. All problems are reported together.
    pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
        load_in(Path::new(""), file, env)
    }

    /// Makes the configuration of a file's text alone; `path` names it in errors.
    pub fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
        finish(Some((path, text.as_bytes())), std::iter::empty())
    }
}

/// [`Config::load`] as if `folder` were the current one.
pub(super) fn load_in(
    folder: &Path,
    file: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let env: Vec<(String, String)> = env.collect();
    let named = env.iter().find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| value.as_str());
    let (path, must_exist) = match (file, named) {
        (Some(file), _) => (file.to_path_buf(), true),
        (None, Some("")) => {
            let what = format!("{FILE_VARIABLE} is empty. Write the path of a configuration file, or unset it.");
            let place = Place::Variable(FILE_VARIABLE.into());
            return Err(ConfigError::Refused(vec![Problem { place, key: None, what }]));
        }
        (None, Some(named)) => (PathBuf::from(named), true),
        (None, None) => (folder.join(FILE_DEFAULT), false),
    };
    match std::fs::read(&path) {
        Ok(bytes) => finish(Some((&path, &bytes)), env.into_iter()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => finish(None, env.into_iter()),
        Err(source) => Err(ConfigError::Read { path, source }),
    }
}

fn finish(file: Option<(&Path, &[u8])>, env: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let mut found = Found::new();
    let mut problems = match file {
        None => Vec::new(),
        Some((path, bytes)) => match utf8(path, bytes).and_then(|text| Document::file(path, text).table()) {
            Ok(entries) => source::sort(entries, "", &KEYS, &mut found),
            Err(problem) => vec![problem],
        },
    };
    problems.extend(source::environment(env, &mut found));
    let (config, more) = read::read(found);
    problems.extend(more);
    if problems.is_empty() {
        return Ok(config);
    }
    problems.sort_by(|a, b| order(&a.place).cmp(&order(&b.place)));
    Err(ConfigError::Refused(problems))
}

fn utf8<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Problem> {
    std::str::from_utf8(bytes).map_err(|error| Problem {
        place: source::file_place(path, bytes, error.valid_up_to()),
        key: None,
        what: "this is not UTF-8 text. Save the file as UTF-8.".into(),
    })
}

/// Problems come as one meets them: down the file, then through the variables, then what concerns the whole.
fn order(place: &Place) -> (u8, usize, usize, &str) {
    match place {
        Place::File { line, column, .. } => (0, *line, *column, ""),
        Place::Variable(name) => (1, 0, 0, name),
        Place::Whole => (2, 0, 0, ""),
    }
}
