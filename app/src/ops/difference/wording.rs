//! Two versions of a text, word by word.

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Kept,
    Removed,
    Added,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub mark: Mark,
    pub text: String,
}

/// Comparing costs as many steps as the lengths multiplied; past this the middle is replaced whole.
const STEPS_MAX: usize = 1_000_000;

/// Kept text this much longer than what frames a change is cut in its middle.
const KEPT_MAX: usize = 80;

/// The pieces of both, in order: what is kept, what is gone, what is new.
pub(super) fn compare(old: &str, new: &str) -> Vec<Piece> {
    let (old, new) = (tokens(old), tokens(new));
    let before = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (&old[before..], &new[before..]);
    let ends = old_rest.iter().rev().zip(new_rest.iter().rev());
    let after = ends.take_while(|(old, new)| old == new).count();
    let old_middle = &old_rest[..old_rest.len() - after];
    let new_middle = &new_rest[..new_rest.len() - after];

    let mut pieces = Pieces::default();
    pieces.extend(Mark::Kept, &old[..before]);
    if old_middle.len().saturating_mul(new_middle.len()) > STEPS_MAX {
        pieces.extend(Mark::Removed, old_middle);
        pieces.extend(Mark::Added, new_middle);
    } else {
        pieces.align(old_middle, new_middle);
    }
    pieces.extend(Mark::Kept, &old_rest[old_rest.len() - after..]);
    pieces.0.into_iter().map(cut).collect()
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push(&mut self, mark: Mark, token: &str) {
        match self.0.last_mut().filter(|last| last.mark == mark) {
            Some(last) => last.text.push_str(token),
            None => self.0.push(Piece { mark, text: token.to_owned() }),
        }
    }

    fn extend(&mut self, mark: Mark, tokens: &[&str]) {
        tokens.iter().for_each(|token| self.push(mark, token));
    }

    /// Keeps the longest common subsequence.
    fn align(&mut self, old: &[&str], new: &[&str]) {
        let width = new.len() + 1;
        // What is common to both from here on, for each pair of places.
        let mut common = vec![0u16; (old.len() + 1) * width];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                common[i * width + j] = if old[i] == new[j] {
                    common[(i + 1) * width + j + 1] + 1
                } else {
                    common[(i + 1) * width + j].max(common[i * width + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < old.len() && j < new.len() {
            if old[i] == new[j] {
                self.push(Mark::Kept, old[i]);
                (i, j) = (i + 1, j + 1);
            } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
                self.push(Mark::Removed, old[i]);
                i += 1;
            } else {
                self.push(Mark::Added, new[j]);
                j += 1;
            }
        }
        self.extend(Mark::Removed, &old[i..]);
        self.extend(Mark::Added, &new[j..]);
    }
}

/// Words, the gaps between them, and single signs of scripts that put no gaps.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut kind = None;
    for (at, c) in text.char_indices() {
        let next = Kind::of(c);
        if at > start && (kind != Some(next) || next == Kind::Sign) {
            tokens.push(&text[start..at]);
            start = at;
        }
        kind = Some(next);
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Gap,
    Sign,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'.. => Self::Sign,
            c if c.is_whitespace() => Self::Gap,
            c if c.is_alphanumeric() || !c.is_ascii() => Self::Letter,
            _ => Self::Sign,
        }
    }
}

fn cut(piece: Piece) -> Piece {
    let length = piece.text.chars().count();
    if piece.mark != Mark::Kept || length <= KEPT_MAX {
        return piece;
    }
    let part = KEPT_MAX / 2;
    let start: String = piece.text.chars().take(part).collect();
    let end: String = piece.text.chars().skip(length - part).collect();
    Piece { text: format!("{start} … {end}"), ..piece }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let show = |piece: &Piece| match piece.mark {
            Mark::Kept => piece.text.clone(),
            Mark::Removed => format!("[-{}-]", piece.text),
            Mark::Added => format!("[+{}+]", piece.text),
        };
        assert_eq!(compare(old, new).iter().map(show).collect::<String>(), expected);
    }

    #[test]
    fn words_are_kept_removed_and_added() {
        check("", "", "");
        check("", "New.", "[+New.+]");
        check("Gone.", "", "[-Gone.-]");
        check("the same", "the same", "the same");
        check("Not on eggs.", "Not on milk.", "Not on [-eggs-][+milk+].");
        check("one two three", "one three", "one [-two -]three");
        check("a b", "x a b y", "[+x +]a b[+ y+]");
        check("仅限蔬菜使用", "仅限水果使用", "仅限[-蔬菜-][+水果+]使用");
        check("🍉 ok", "🍎 ok", "[-🍉-][+🍎+] ok");
    }

    #[test]
    fn long_kept_text_is_cut_in_its_middle_and_nothing_that_changed_is() {
        let long = "word ".repeat(100);
        let pieces = compare(&format!("{long}old"), &format!("{long}new"));
        assert!(pieces[0].text.chars().count() < 90);
        assert!(pieces[0].text.ends_with("word "));
        let pieces = compare("", &long);
        assert_eq!(pieces, [Piece { mark: Mark::Added, text: long }]);
    }

    #[test]
    fn the_longest_texts_there_may_be_are_compared_at_once() {
        let old: String = (0..2_000).map(|i| char::from_u32(0x4e00 + i * 2).unwrap()).collect();
        let new: String = (0..2_000).map(|i| char::from_u32(0x4e00 + i * 3).unwrap()).collect();
        let pieces = compare(&old, &new);
        let of = |mark: Mark| -> String {
            let found = pieces.iter().filter(|piece| piece.mark != mark);
            found.map(|piece| piece.text.as_str()).collect()
        };
        assert_eq!(of(Mark::Added).chars().count(), 2_000);
        assert_eq!(of(Mark::Removed).chars().count(), 2_000);
    }
}
