//! What people type to sign in, in the one form in which it is stored and compared.

use domain::Problem;

/// An e-mail address in lower case or a phone number in E.164 (`+8613800138000`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login(String);

impl Login {
    /// Reads an e-mail address or a phone number.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let text = fold_width(text.trim());
        if text.is_empty() {
            return Err(Problem::Required);
        }
        let login = if text.contains('@') { email(&text) } else { phone(&text) };
        login.map(Self).ok_or(Problem::NotALogin)
    }

    /// Reads an e-mail address.
    pub(crate) fn parse_email(text: &str) -> Result<Self, Problem> {
        let text = fold_width(text.trim());
        if text.is_empty() {
            return Err(Problem::Required);
        }
        email(&text).map(Self).ok_or(Problem::NotALogin)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Digits and signs typed in full width (１３８…) mean the plain ones.
fn fold_width(text: &str) -> String {
    let fold = |c| match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(fold).collect()
}

/// Plain ASCII addresses with a domain of at least two labels; whether one exists only a letter to
/// it could tell.
fn email(text: &str) -> Option<String> {
    let (local, host) = text.rsplit_once('@')?;
    let is_local = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let fits = text.len() <= 254 && (1..=64).contains(&local.len());
    let is_address =
        fits && local.bytes().all(is_local) && host.contains('.') && host.split('.').all(is_label);
    is_address.then(|| text.to_ascii_lowercase())
}

/// A Chinese mobile number may come without its country; every other begins with `+` or `00`.
fn phone(text: &str) -> Option<String> {
    let dropped = |c: &char| matches!(c, ' ' | '-' | '.' | '(' | ')');
    let bare: String = text.chars().filter(|c| !dropped(c)).collect();
    let international = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"));
    let digits = international.unwrap_or(&bare);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let is_mobile = |digits: &str| digits.len() == 11 && digits.starts_with('1');
    match international {
        Some(digits) if (8..=15).contains(&digits.len()) && !digits.starts_with('0') => {
            Some(format!("+{digits}"))
        }
        None if is_mobile(digits) => Some(format!("+86{digits}")),
        None if digits.strip_prefix("86").is_some_and(is_mobile) => Some(format!("+{digits}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_login_in_any_dress_is_one_login() {
        for (typed, stored) in [
            (" Mei@Example.COM ", "mei@example.com"),
            ("ｍｅｉ＠example.com", "mei@example.com"),
            ("138 0013 8000", "+8613800138000"),
            ("１３８００１３８０００", "+8613800138000"),
            ("+86 138-0013-8000", "+8613800138000"),
            ("8613800138000", "+8613800138000"),
            ("0044 20 7946 0958", "+442079460958"),
        ] {
            assert_eq!(Login::parse(typed).unwrap().as_str(), stored, "{typed}");
        }
    }

    #[test]
    fn what_is_no_login_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for typed in [
            "mei",
            "mei@",
            "@example.com",
            "mei@example",
            "mei@exa mple.com",
            "m\u{0}i@example.com",
            "a@b@example.com",
            "mei@-a.com",
            "mei@a..com",
            "12345",
            "+0123456789",
            "13800138000x",
            "+1234567890123456",
            &long,
        ] {
            assert_eq!(Login::parse(typed), Err(Problem::NotALogin), "{typed}");
        }
        assert_eq!(Login::parse("  "), Err(Problem::Required));
        assert_eq!(Login::parse_email("13800138000"), Err(Problem::NotALogin));
    }
}
