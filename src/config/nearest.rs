//! The known name that an unknown one was most likely meant to be.

/// The nearest of `known` to `name`; the first of equals. `None` only where nothing is known.
///
/// A key without its section counts as near its full name, because a line above the right heading is a common slip; so
/// does the beginning of a name.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Beyond this length nothing is near anyway, and the work stays bounded.
    let name: Vec<char> = name.chars().take(100).collect();
    known.into_iter().min_by_key(|candidate| {
        let last = candidate.rsplit('.').next().unwrap_or(candidate);
        let begun = !name.is_empty() && candidate.chars().zip(&name).filter(|(a, b)| a == *b).count() == name.len();
        let whole = if begun { 1 } else { distance(&name, candidate) };
        whole.min(distance(&name, last).saturating_add(1))
    })
}

/// Edit distance: how many characters must be inserted, removed or replaced, where swapping two neighbours counts as
/// one step.
fn distance(from: &[char], to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = last[j] + usize::from(a != b);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_or_one_swap_is_a_distance_of_one() {
        for (from, to, expected) in
            [("listen", "listen", 0), ("listn", "listen", 1), ("litsen", "listen", 1), ("", "abc", 3), ("abc", "", 3)]
        {
            assert_eq!(distance(&from.chars().collect::<Vec<_>>(), to), expected, "{from} {to}");
        }
    }

    #[test]
    fn a_misspelt_key_and_one_without_its_section_find_their_name() {
        let known = ["listen", "policy.idle_timeout", "limits.idle", "log.format"];
        assert_eq!(nearest("policy.idle_timout", known), Some("policy.idle_timeout"));
        assert_eq!(nearest("idle_timeout", known), Some("policy.idle_timeout"));
        assert_eq!(nearest("log.fromat", known), Some("log.format"));
        assert_eq!(nearest("policy.idle", known), Some("policy.idle_timeout"));
        assert_eq!(nearest("anything", []), None);
    }
}
