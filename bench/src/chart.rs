//! The chart of the README: checks a second as shares of hello's, light or dark as its reader's screen is.

use std::fmt::Write;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    name: String,
    share: f64,
    cost: f64,
    ours: bool,
}

impl Bar {
    /// A bar for whoever answers this share of hello's requests a second, each at this multiple of hello's processor time.
    /// Innkeeper is called by its database.
    pub fn new(name: &str, share: f64, cost: f64) -> Self {
        let ours = matches!(name, "SQLite" | "PostgreSQL");
        let name = if ours { format!("Innkeeper on {name}") } else { name.into() };
        Self { name, share, cost, ours }
    }
}

const WIDTH: usize = 760;
const LEFT: usize = 270;
const SCALE: usize = 330;
const TOP: usize = 64;
const STEP: usize = 34;

/// Draws the bars, the longest first.
pub fn svg(bars: &[Bar], machine: &str) -> String {
    let mut bars = bars.to_vec();
    bars.sort_by(|a, b| b.share.total_cmp(&a.share));
    let height = TOP + STEP * bars.len() + 40;
    let told: Vec<String> = bars.iter().map(|bar| format!("{} {:.2}", bar.name, bar.share)).collect();
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc">
<title id="title">Checks a second, as a share of what a bare axum service answers</title>
<desc id="desc">{}.</desc>
<style>
  text {{ font: 14px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1f2328; }}
  .head {{ font-weight: 600; font-size: 16px; }}
  .quiet {{ fill: #59636e; font-size: 12px; }}
  .ours {{ fill: #0b6e5f; }} .theirs {{ fill: #a9b3bd; }} .axis {{ stroke: #d1d9e0; }}
  .name-ours {{ font-weight: 600; }}
  @media (prefers-color-scheme: dark) {{
    text {{ fill: #f0f6fc; }} .quiet {{ fill: #9198a1; }}
    .ours {{ fill: #3fb8a2; }} .theirs {{ fill: #59636e; }} .axis {{ stroke: #3d444d; }}
  }}
</style>
<text class="head" x="0" y="20">Checks a second, as a share of a bare axum service's "hello"</text>
<text class="quiet" x="0" y="42">same machine, same run, same client; behind each bar the processor time of a check in multiples of hello's</text>
"#,
        told.join(", ")
    );
    let base = TOP + STEP * bars.len();
    for mark in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let x = LEFT as f64 + mark * SCALE as f64;
        writeln!(svg, r#"<line class="axis" x1="{x:.1}" y1="{TOP}" x2="{x:.1}" y2="{base}"/>"#)
            .expect("writing to a String cannot fail");
        writeln!(svg, r#"<text class="quiet" x="{x:.1}" y="{}" text-anchor="middle">{mark}</text>"#, base + 16)
            .expect("writing to a String cannot fail");
    }
    for (place, bar) in bars.iter().enumerate() {
        let (y, width) = (TOP + STEP * place, (bar.share * SCALE as f64).max(1.0));
        let (class, name) = if bar.ours { ("ours", "name-ours") } else { ("theirs", "") };
        write!(
            svg,
            "<text class=\"{name}\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"20\" rx=\"2\"/>\n\
             <text x=\"{:.1}\" y=\"{}\">{:.2} <tspan class=\"quiet\">{:.1}× CPU</tspan></text>\n",
            LEFT - 10,
            y + 21,
            bar.name,
            y + 6,
            LEFT as f64 + width + 8.0,
            y + 21,
            bar.share,
            bar.cost,
        )
        .expect("writing to a String cannot fail");
    }
    write!(svg, "<text class=\"quiet\" x=\"0\" y=\"{}\">{machine}</text>\n</svg>\n", base + 36)
        .expect("writing to a String cannot fail");
    svg
}
