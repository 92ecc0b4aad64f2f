//! Words of the page that describes the API. What the calls do is written beside them.

pub(crate) const TITLE: &str = "Innkeeper API";
pub(crate) const VERSION: &str = "API, version";
pub(crate) const CALLS: &str = "Calls";
pub(crate) const OBJECTS: &str = "objects";
pub(crate) const PATHS_ARE_BELOW: &str = "Paths are below";
pub(crate) const FOR_PROGRAMS: &str = "For programs:";
pub(crate) const OPENAPI: &str = "openapi.json";
pub(crate) const SCOPE: &str = "scope";
pub(crate) const WHAT_IT_DOES: &str = "What it does";
pub(crate) const PARAMETERS: &str = "Parameters";
pub(crate) const BODY: &str = "Body";
pub(crate) const ANSWERS: &str = "Answers";
pub(crate) const NEEDED: &str = "needed";
pub(crate) const ALWAYS_THERE: &str = "always there";
