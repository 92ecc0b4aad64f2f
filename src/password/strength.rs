//! How hard a password is to guess, and what makes it easy. This advises whoever chose it, and refuses nothing.

use zxcvbn::feedback::Warning;

/// What makes a password easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Many people use it, or one like it.
    Common,
    /// It is one word.
    Word,
    /// It is made of names.
    Name,
    /// Its keys lie in a row.
    Keys,
    /// It repeats itself.
    Repeats,
    /// It counts or spells on.
    Sequence,
    /// It is made of a date or a year.
    Date,
}

/// How hard a password is to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// From 0, which falls at once, to [`Strength::SCORE_MAX`].
    pub score: u8,
    /// What makes it easy, where that can be said.
    pub weakness: Option<Weakness>,
}

impl Strength {
    /// The score of a password that nobody guesses.
    pub const SCORE_MAX: u8 = 4;

    /// The least score about which there is nothing to say.
    const SCORE_ENOUGH: u8 = 3;

    /// How hard a password is to guess for somebody who knows these texts about whoever chose it. Only its first 100
    /// characters are looked at: the work grows faster than the length, and more than those need no advice. What the
    /// estimator keeps of it meanwhile is not wiped.
    pub fn of(password: &str, known: &[&str]) -> Self {
        let guessed = zxcvbn::zxcvbn(password, known);
        let warning = guessed.feedback().and_then(zxcvbn::feedback::Feedback::warning);
        Self { score: u8::from(guessed.score()).min(Self::SCORE_MAX), weakness: warning.map(weakness) }
    }

    /// Whether whoever chose it should be told.
    pub fn is_weak(self) -> bool {
        self.score < Self::SCORE_ENOUGH
    }
}

fn weakness(warning: Warning) -> Weakness {
    match warning {
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword => Weakness::Common,
        Warning::AWordByItselfIsEasyToGuess => Weakness::Word,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            Weakness::Name
        }
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => Weakness::Keys,
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            Weakness::Repeats
        }
        Warning::SequencesLikeAbcAreEasyToGuess => Weakness::Sequence,
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => Weakness::Date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_choose_is_told_from_what_nobody_guesses() {
        for (password, weakness) in [
            ("Summer2024!", Some(Weakness::Common)),
            ("qwerty123456", Some(Weakness::Common)),
            ("abcdefgh1", Some(Weakness::Sequence)),
            ("reefreef1", Some(Weakness::Repeats)),
            ("margaret1950", Some(Weakness::Name)),
        ] {
            let strength = Strength::of(password, &[]);
            assert!(strength.is_weak() && strength.weakness == weakness, "{password}: {strength:?}");
        }
        for password in ["kayak by the old jetty", "dunes before breakfast", "correct horse", "tQ7#vx0!mB"] {
            assert!(!Strength::of(password, &[]).is_weak(), "{password}");
        }
    }

    #[test]
    fn what_is_known_of_somebody_counts_as_guessed() {
        let alone = Strength::of("Quokkawalk7", &[]);
        let known = Strength::of("Quokkawalk7", &["quokkawalk"]);
        assert!(known.score < alone.score, "{known:?} {alone:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_has_a_strength(text in any::<String>(), known in any::<String>()) {
            prop_assert!(Strength::of(&text, &[&known]).score <= Strength::SCORE_MAX);
        }
    }
}
