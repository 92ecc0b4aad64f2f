//! What a form needs of whoever sends it. Each route of the table says it, so that none is sensitive unnoticed; the rule
//! itself is looked at under the lock, by whoever does what was asked (`service/acting.rs`).

/// What is asked of whoever sends a form to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// No form is sent there.
    Never,
    /// No session: what is needed is in the form, or nothing is.
    Open,
    /// A session, however long ago its person proved who they are: it opens nothing, ends nothing, and can be taken back.
    Harmless,
    /// A session, and in the form itself the proof of who sends it.
    Proves,
    /// A session with a proof of the last minutes. Whoever has none is led to the step-up, and nothing is done.
    Fresh,
}

impl Post {
    /// How `docs/http-api.md` names it; nothing where no session is needed.
    pub fn word(self) -> &'static str {
        match self {
            Post::Never | Post::Open => "",
            Post::Harmless => "any",
            Post::Proves => "in the form",
            Post::Fresh => "recent",
        }
    }
}
