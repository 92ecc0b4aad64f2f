//! A square of dots that a phone reads, as one path of an inline drawing: nothing is loaded, and no style is needed.

use fast_qr::qr::QRBuilder;
use std::fmt::Write as _;

/// Modules of light around the dots, without which readers do not find them.
const QUIET: usize = 4;

/// A drawing on a grid of `size` by `size`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// How wide and high the grid is, the light around it included.
    pub size: usize,
    /// The dark modules, as the data of an SVG path.
    pub path: String,
}

/// The drawing of a text; `None` where it is too long for any.
pub fn qr(text: &str) -> Option<Qr> {
    let code = QRBuilder::new(text).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        let dark = |x: usize| x < code.size && code[y][x].value();
        let mut x = 0;
        while x < code.size {
            let run = (x..).take_while(|at| dark(*at)).count();
            if run > 0 {
                write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET).expect("writing to a String cannot fail");
            }
            x += run.max(1);
        }
    }
    Some(Qr { size: code.size + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_its_three_corners_and_light_around_them() {
        let drawn = qr("otpauth://totp/x?secret=GEZDGNBV").unwrap();
        let last = drawn.size - QUIET - 7;
        for corner in ["M4 4h7v1h-7z".to_owned(), format!("M{last} 4h7v1h-7z"), format!("M4 {last}h7v1h-7z")] {
            assert!(drawn.path.contains(&corner), "{corner}");
        }
        assert!(qr(&"x".repeat(5_000)).is_none());
    }
}
