//! Lines of files that spreadsheets open (RFC 4180): every field in quotes, none that a spreadsheet would calculate, and
//! no line break within one.

use csv::{QuoteStyle, Terminator, WriterBuilder};

/// Letters with which a formula begins, in the half-width and the full-width forms that spreadsheets read.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// One line with its end.
pub fn line<T: AsRef<str>>(fields: &[T]) -> String {
    let mut writer =
        WriterBuilder::new().quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(Vec::new());
    // Nothing fails: it goes into memory, and what is text stays text.
    let written = writer.write_record(fields.iter().map(|field| cell(field.as_ref())));
    let line = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8(line).unwrap_or_default()
}

/// What a field holds. What would be read as a formula, or be hidden from that rule by a space in front, has an
/// apostrophe before it; what would break the line, or turn it around, is a space or gone.
fn cell(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !turns(*c)).map(|c| if breaks(c) { ' ' } else { c }).collect();
    let hides = |c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}';
    let starts_with_control = text.starts_with(|c: char| c.is_control());
    if starts_with_control || plain.trim_start_matches(hides).starts_with(FORMULA) {
        return format!("'{plain}");
    }
    plain
}

/// Whether it ends a line, somewhere, or is no text at all.
fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether it makes text run the other way. Names run that way by their own letters; the isolates around them are ours.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(line: &str) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let records: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(records.len(), 1, "{line:?}");
        records[0].iter().map(str::to_owned).collect()
    }

    #[test]
    fn every_field_is_quoted_and_every_line_ends_as_the_standard_says() {
        assert_eq!(line(&["a", "", "say \"no\"", "1,2"]), "\"a\",\"\",\"say \"\"no\"\"\",\"1,2\"\r\n");
    }

    #[test]
    fn what_would_be_a_formula_is_text() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\0=1",
            " =1",
            "\u{a0}=1",
            "＝1",
            " ＋1",
            "－1",
            "＠x",
            "\u{feff}=1",
            "\u{202e}=1",
            "\tx",
            "\rx",
            "\0",
        ] {
            assert!(read(&line(&[formula]))[0].starts_with('\''), "{formula:?}");
        }
        for text in ["a=1", "Mira", "1-2", "", "R-7K3M-92QD", "'quoted'"] {
            assert_eq!(read(&line(&[text])), [text]);
        }
    }

    #[test]
    fn no_field_breaks_its_line_or_turns_it_around() {
        assert_eq!(read(&line(&["one\r\ntwo\u{2028}three", "\u{2068}Noa\u{2069}"])), ["one  two three", "Noa"]);
    }

    proptest! {
        #[test]
        fn whatever_a_field_holds_it_is_one_line_with_as_many_fields_and_no_formula(fields in prop::collection::vec("\\PC{0,12}|[=+@\\-\"',;\\s\0]{0,6}", 1..5)) {
            let line = line(&fields);
            prop_assert_eq!(line.matches('\n').count(), 1);
            let cells = read(&line);
            prop_assert_eq!(cells.len(), fields.len());
            for cell in cells {
                prop_assert!(!cell.trim_start().starts_with(FORMULA), "{:?}", cell);
            }
        }
    }
}
