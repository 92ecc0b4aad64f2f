//! Logging: events go to standard error, one line each, as text or JSON.
//!
//! Values come from strangers: a user agent may hold line breaks and terminal codes. None of them reaches the log raw.

use crate::config::{Log, LogFormat};
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging for the whole process. A second call changes nothing.
pub fn init(log: &Log) {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = io::stderr().is_terminal() && !plain;
    // Fails only where a subscriber is set already, which then keeps its place.
    let _ = subscriber(log, io::stderr, colour).try_init();
}

fn subscriber<W>(log: &Log, writer: W, colour: bool) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // The configuration took the filter only if it is one; a `Log` made otherwise still logs what matters.
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::from_level(Level::INFO).into())
        .parse(&log.filter)
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).log_internal_errors(false);
    let discreet = filter_fn(|metadata| !tells_values(metadata));
    match log.format {
        LogFormat::Text => {
            let lines = builder.with_ansi(colour).fmt_fields(OneLineFields).with_writer(writer).finish();
            Box::new(lines.with(discreet))
        }
        LogFormat::Json => {
            let lines = builder.json().flatten_event(true).with_ansi(false).with_writer(JsonLines(writer)).finish();
            Box::new(lines.with(discreet))
        }
    }
}

/// What libraries tell at these levels holds the values of statements and requests: hashes of tokens, addresses of people.
/// One of them tells at any level what strangers sent.
fn tells_values(metadata: &Metadata<'_>) -> bool {
    let detailed = Level::INFO < *metadata.level() && !metadata.target().starts_with("innkeeper");
    detailed || metadata.target().starts_with(crate::passkey::LOGGED_AS)
}

/// Whether a character could end a line, move a cursor or turn the reading direction.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes text with its harmful characters escaped.
struct Escaping<'a, 'w>(&'a mut Writer<'w>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_harmful) {
            self.0.write_str(&rest[..at])?;
            let mut after = rest[at..].chars();
            if let Some(c) = after.next() {
                write!(self.0, "{}", c.escape_default())?;
            }
            rest = after.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Writes `message name=value name=value` on one line.
struct OneLineFields;

impl<'w> FormatFields<'w> for OneLineFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut visitor = OneLine { writer, first: true, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result
    }
}

struct OneLine<'w> {
    writer: Writer<'w>,
    first: bool,
    result: fmt::Result,
}

impl OneLine<'_> {
    fn write(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // Where a dependency's code stood on the machine that built it is no news to whoever runs us.
        if field.name().starts_with("log.") {
            return;
        }
        let space = if std::mem::replace(&mut self.first, false) { "" } else { " " };
        let mut out = Escaping(&mut self.writer);
        let written = match field.name() {
            "message" => write!(out, "{space}{value}"),
            name => write!(out, "{space}{name}={value}"),
        };
        self.result = self.result.and(written);
    }
}

impl Visit for OneLine<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.write(field, format_args!("{value}")),
            // Quoted, so that a value with a space cannot pass for a further field.
            _ => self.write(field, format_args!("{value:?}")),
        }
    }

    fn record_error(&mut self, field: &Field, error: &(dyn std::error::Error + 'static)) {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            source = cause.source();
        }
        self.write(field, format_args!("{chain:?}"));
    }
}

/// Escapes the harmful characters that JSON leaves as they are, such as U+0085. JSON's own line break at the end of an
/// event is the only control character outside a text, so escaping the others keeps the line valid.
struct JsonLines<W>(W);

impl<'w, W: MakeWriter<'w>> MakeWriter<'w> for JsonLines<W> {
    type Writer = JsonLine<W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        JsonLine(self.0.make_writer())
    }
}

struct JsonLine<W>(W);

impl<W: Write> Write for JsonLine<W> {
    /// Takes a whole event at once, which is how they come.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let escaped = match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(|c| c != '\n' && is_harmful(c)) => {
                let mut escaped = String::with_capacity(text.len() + 16);
                for c in text.chars() {
                    if c != '\n' && is_harmful(c) {
                        let _ = write!(escaped, "\\u{:04x}", u32::from(c));
                    } else {
                        escaped.push(c);
                    }
                }
                escaped
            }
            _ => return self.0.write_all(bytes).map(|()| bytes.len()),
        };
        self.0.write_all(escaped.as_bytes()).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str, colour: bool, events: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let log = Log { format, filter: filter.into() };
        let subscriber = subscriber(&log, move || writer.clone(), colour);
        tracing::subscriber::with_default(subscriber, events);
        let bytes = buffer.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn nasty(agent: &str) {
        let _inside = tracing::info_span!("request", agent, shown = %agent).entered();
        tracing::info!(agent, shown = %agent, debugged = ?agent, "seen {agent}");
    }

    const NASTY: &str = "a\nb\r\u{1b}[31m\u{85}\u{2028}\u{202e}\u{7f}\0 x=y";

    #[test]
    fn one_event_is_one_line_of_text_whatever_its_values() {
        let text = logged(LogFormat::Text, "info", false, || nasty(NASTY));
        assert_eq!(text.matches('\n').count(), 1, "{text:?}");
        assert!(!text.trim_end_matches('\n').contains(is_harmful), "{text:?}");
        assert!(text.contains(r"seen a\nb\r\u{1b}[31m"), "{text}");
    }

    #[test]
    fn one_event_is_one_line_of_json_that_gives_the_values_back() {
        let text = logged(LogFormat::Json, "info", false, || nasty(NASTY));
        assert_eq!(text.matches('\n').count(), 1, "{text:?}");
        assert!(!text.trim_end_matches('\n').contains(is_harmful), "{text:?}");
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["agent"], NASTY);
        assert_eq!(event["span"]["agent"], NASTY);
    }

    #[test]
    fn what_libraries_tell_of_values_is_never_logged_whatever_the_filter_asks_for() {
        for filter in ["trace", "driver=trace", "driver::query=debug"] {
            let text = logged(LogFormat::Text, filter, false, || {
                tracing::debug!(target: "driver::query", "executing with parameters: 203.0.113.77");
                tracing::warn!(target: "driver::query", "a warning");
                tracing::error!(target: "webauthn_rs_core::core", "a stranger's answer was wrong: 203.0.113.77");
            });
            assert!(!text.contains("203.0.113.77") && text.contains("a warning"), "{filter}: {text}");
        }
    }

    #[test]
    fn the_filter_decides_what_is_logged() {
        let events = || {
            tracing::debug!("quiet");
            tracing::info!("said");
        };
        assert!(!logged(LogFormat::Text, "info", false, events).contains("quiet"));
        assert!(logged(LogFormat::Text, "warn,innkeeper=debug", false, events).contains("quiet"));
        assert_eq!(logged(LogFormat::Text, "off", false, events), "");
    }

    #[test]
    fn colour_codes_appear_only_where_asked_for() {
        let event = || tracing::info!("said");
        assert!(logged(LogFormat::Text, "info", true, event).contains('\u{1b}'));
        assert!(!logged(LogFormat::Text, "info", false, event).contains('\u{1b}'));
        assert!(!logged(LogFormat::Json, "info", true, event).contains('\u{1b}'));
    }

    #[test]
    fn an_error_is_logged_with_its_causes() {
        let error = crate::config::ConfigError::Read { path: "x".into(), source: io::Error::other("no\nluck") };
        let text = logged(LogFormat::Text, "info", false, || {
            tracing::error!(error = &error as &(dyn std::error::Error + 'static), "stopped");
        });
        assert!(text.ends_with("stopped error=\"the configuration file x could not be read; --config or INNKEEPER_CONFIG names another: no\\nluck\"\n"), "{text}");
    }

    proptest! {
        #[test]
        fn no_value_breaks_a_line(agent in any::<String>()) {
            for format in [LogFormat::Text, LogFormat::Json] {
                let text = logged(format, "info", false, || nasty(&agent));
                prop_assert_eq!(text.matches('\n').count(), 1);
                prop_assert!(!text.trim_end_matches('\n').contains(is_harmful));
            }
        }
    }
}
