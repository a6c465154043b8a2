//! Finds class names in Rust source by reading its tokens, so that comments and other strings
//! never count. The rule is in the crate's README.

use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Literal, Spacing, TokenStream, TokenTree};

use crate::Complaint;

/// One class name, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) class: String,
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
}

/// Every class named in `source`.
pub(crate) fn words(file: &Path, source: &str) -> Result<Vec<Word>, Complaint> {
    let tokens: TokenStream = source.parse().map_err(|error: proc_macro2::LexError| {
        Complaint::new(file, error.span().start().line, "this is not Rust")
    })?;
    let mut reader = Reader { file, words: Vec::new() };
    reader.read(tokens)?;
    Ok(reader.words)
}

struct Reader<'a> {
    file: &'a Path,
    words: Vec<Word>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: TokenStream) -> Result<(), Complaint> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(name) if name == "class" => {
                    let declared = at > 0 && is_word(&tokens[at - 1], &["let", "mut", "static"]);
                    self.read_class(&tokens[at + 1..], declared)?;
                }
                TokenTree::Group(group) => self.read(group.stream())?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What follows the word `class`.
    fn read_class(&mut self, rest: &[TokenTree], declared: bool) -> Result<(), Complaint> {
        match rest {
            [TokenTree::Punct(mark), TokenTree::Group(group), ..] if mark.as_char() == '!' => {
                self.take_all(group.stream())
            }
            [TokenTree::Punct(mark), TokenTree::Literal(literal), ..] if mark.as_char() == '=' => {
                self.take(literal)
            }
            [TokenTree::Punct(mark), TokenTree::Group(group), ..]
                if mark.as_char() == '=' && group.delimiter() == Delimiter::Parenthesis =>
            {
                self.take_first(group)
            }
            [TokenTree::Punct(mark), next, ..]
                if mark.as_char() == '=' && is_word(next, &["format", "concat"]) =>
            {
                Err(Complaint::new(
                    self.file,
                    next.span().start().line,
                    "a class name must stand whole in the source: choose between class!(\"…\")",
                ))
            }
            [TokenTree::Punct(mark), rest @ ..]
                if mark.as_char() == '=' && mark.spacing() == Spacing::Alone =>
            {
                self.take_branches(rest)
            }
            [TokenTree::Punct(mark), rest @ ..] if mark.as_char() == ':' && !declared => {
                self.take_switch(rest);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `class=("a b", condition)` and `class=(["a", "b"], condition)`: what precedes the comma.
    fn take_first(&mut self, group: &Group) -> Result<(), Complaint> {
        self.take_all(
            group
                .stream()
                .into_iter()
                .take_while(
                    |token| !matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','),
                )
                .collect(),
        )
    }

    /// `class=move || if on { "a" } else { "b" }`, and the arms of a `match`, up to the next
    /// attribute.
    fn take_branches(&mut self, rest: &[TokenTree]) -> Result<(), Complaint> {
        for (at, token) in rest.iter().enumerate() {
            match token {
                TokenTree::Ident(_) if is_assigned(&rest[at + 1..]) => return Ok(()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    let branch: Vec<TokenTree> = group.stream().into_iter().collect();
                    self.take_branch(&branch)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn take_branch(&mut self, branch: &[TokenTree]) -> Result<(), Complaint> {
        if let [TokenTree::Literal(literal)] = branch {
            return self.take(literal);
        }
        for three in branch.windows(3) {
            if let [TokenTree::Punct(one), TokenTree::Punct(two), TokenTree::Literal(literal)] =
                three
                && (one.as_char(), two.as_char()) == ('=', '>')
            {
                self.take(literal)?;
            }
        }
        self.take_branches(branch)
    }

    /// `class:hidden=condition`.
    fn take_switch(&mut self, rest: &[TokenTree]) {
        let mut class = String::new();
        for token in rest {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '=' && !class.is_empty() => {
                    let line = rest[0].span().start().line;
                    self.words.push(Word { class, file: self.file.to_owned(), line });
                    return;
                }
                TokenTree::Punct(mark) if mark.as_char() == '-' => class.push('-'),
                TokenTree::Ident(_) | TokenTree::Literal(_) => class.push_str(&token.to_string()),
                _ => return,
            }
        }
    }

    fn take_all(&mut self, tokens: TokenStream) -> Result<(), Complaint> {
        for token in tokens {
            match token {
                TokenTree::Literal(literal) => self.take(&literal)?,
                TokenTree::Group(group) => self.take_all(group.stream())?,
                _ => {}
            }
        }
        Ok(())
    }

    fn take(&mut self, literal: &Literal) -> Result<(), Complaint> {
        let written = literal.to_string();
        let first_line = literal.span().start().line;
        let text = written.trim_start_matches('r').trim_matches('#');
        let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
            return Ok(());
        };
        for (offset, line) in text.lines().enumerate() {
            let line = line.strip_suffix('\\').unwrap_or(line);
            if line.contains('\\') {
                let reason = "write class names without escapes";
                return Err(Complaint::new(self.file, first_line + offset, reason));
            }
            self.words.extend(line.split_whitespace().map(|class| Word {
                class: class.to_owned(),
                file: self.file.to_owned(),
                line: first_line + offset,
            }));
        }
        Ok(())
    }
}

fn is_assigned(rest: &[TokenTree]) -> bool {
    let [TokenTree::Punct(mark), ..] = rest else {
        return false;
    };
    mark.as_char() == '=' && mark.spacing() == Spacing::Alone
}

fn is_word(token: &TokenTree, words: &[&str]) -> bool {
    matches!(token, TokenTree::Ident(name) if words.iter().any(|word| name == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &[(&str, usize)]) {
        let found = words(Path::new("page.rs"), source).expect("it is Rust");
        let found: Vec<_> = found.iter().map(|word| (word.class.as_str(), word.line)).collect();
        assert_eq!(found, expected, "in {source}");
    }

    #[test]
    fn classes_are_found_in_each_form_the_readme_names() {
        check(r#"view! { <p class="flex gap-2">"x"</p> }"#, &[("flex", 1), ("gap-2", 1)]);
        check(r#"view! { <p class=("hidden", move || a == "b") /> }"#, &[("hidden", 1)]);
        check(r#"view! { <p class=(["p-1", "p-2"], on) /> }"#, &[("p-1", 1), ("p-2", 1)]);
        check("view! { <p class:mt-2=on class:hidden=off /> }", &[("mt-2", 1), ("hidden", 1)]);
        check(r#"const CARD: &str = class!("rounded-xl");"#, &[("rounded-xl", 1)]);
        check(
            r#"view! { <p class=move || if on { class!("a1") } else { class!("b1") } /> }"#,
            &[("a1", 1), ("b1", 1)],
        );
    }

    #[test]
    fn branches_of_an_attribute_are_read_and_its_conditions_are_not() {
        check(
            r#"view! { <p class=move || if tab == "x" { "a1" } else { "b1" } id="c" /> }"#,
            &[("a1", 1), ("b1", 1)],
        );
        check(
            r#"view! { <p class={match tab { "x" => "a1", _ => { if on { "b1" } else { "c1" } } }} /> }"#,
            &[("a1", 1), ("b1", 1), ("c1", 1)],
        );
        check(r#"view! { <p class=kind title={ "d1" } /> }"#, &[]);
        check(r#"if class == "open" { "a1" } else { "b1" }"#, &[]);
    }

    #[test]
    fn a_class_on_a_later_line_of_a_string_has_that_line() {
        check("\nclass!(\"flex\n  gap-2\")", &[("flex", 2), ("gap-2", 3)]);
    }

    #[test]
    fn other_strings_comments_and_types_are_not_classes() {
        check(
            r#"// class="a1"
            let kind = "b1"; fn f(class: &str) {} let class: String = g("c1");
            view! { <p data-class-name="d1" id="e1" /> }"#,
            &[],
        );
    }

    #[test]
    fn a_class_name_pieced_together_is_refused() {
        let refused =
            words(Path::new("page.rs"), "\n\nlet p = view!{<p class=format!(\"p-{n}\")/>};");
        assert_eq!(refused.expect_err("pieced together").line, 3);
    }
}
