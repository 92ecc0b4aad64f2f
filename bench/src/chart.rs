//! The chart of the README: checks a second as shares of hello's, light or dark as its reader's screen is.

use crate::report::Checked;
use std::fmt::Write;

/// One bar: Innkeeper is called by its database.
struct Bar<'c> {
    name: String,
    of: &'c Checked,
    ours: bool,
}

impl<'c> Bar<'c> {
    /// The bar of one who was asked, if it is one to compare: the same check, without a proxy.
    fn new(of: &'c Checked) -> Option<Self> {
        let ours = matches!(of.name.as_str(), "SQLite" | "PostgreSQL");
        let variant = [", counted", ", API", "nginx"].iter().any(|part| of.name.contains(part));
        let name = if ours { format!("Innkeeper on {}", of.name) } else { of.name.clone() };
        (!variant).then_some(Self { name, of, ours })
    }
}

const WIDTH: usize = 760;
const LEFT: usize = 270;
const SCALE: usize = 330;
const TOP: usize = 64;
const STEP: usize = 34;

/// Draws the bars, the longest first.
pub fn svg(checked: &[Checked], machine: &str) -> String {
    let mut bars: Vec<Bar<'_>> = checked.iter().filter_map(Bar::new).collect();
    bars.sort_by(|a, b| b.of.share.total_cmp(&a.of.share));
    let height = TOP + STEP * bars.len() + 40;
    let told: Vec<String> = bars.iter().map(|bar| format!("{} {:.2}", bar.name, bar.of.share)).collect();
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc">
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
        let (y, width) = (TOP + STEP * place, (bar.of.share * SCALE as f64).max(1.0));
        let (class, name) = if bar.ours { ("ours", "name-ours") } else { ("theirs", "") };
        write!(
            svg,
            "<text class=\"{name}\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"20\" rx=\"2\"/>\n\
             <text x=\"{:.1}\" y=\"{}\">{:.2} <tspan class=\"quiet\">{}× CPU</tspan></text>\n",
            LEFT - 10,
            y + 21,
            bar.name,
            y + 6,
            LEFT as f64 + width + 8.0,
            y + 21,
            bar.of.share,
            if bar.of.cost < 10.0 { format!("{:.1}", bar.of.cost) } else { format!("{:.0}", bar.of.cost) },
        )
        .expect("writing to a String cannot fail");
    }
    write!(svg, "<text class=\"quiet\" x=\"0\" y=\"{}\">{machine}</text>\n</svg>\n", base + 36)
        .expect("writing to a String cannot fail");
    svg
}
