//! What things are called: our own ids, the references others give us, and coupon codes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Problem;

/// The longest reference anyone may hand us, in characters.
pub const REFERENCE_MAX: usize = 64;

/// Which of the 1024 key ranges a shopper's or an order's rows live in.
///
/// It leads every key, so that tables can be spread over partitions or servers later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u16);

impl Bucket {
    /// How many buckets there are.
    pub const COUNT: u16 = 1024;

    /// The bucket of a reference: SHA-256 of its bytes, read as one big-endian number, mod 1024.
    pub fn of(reference: &str) -> Self {
        let digest = Sha256::digest(reference.as_bytes());
        Self(u16::from_be_bytes([digest[30], digest[31]]) % Self::COUNT)
    }

    /// The number, 0 to 1023.
    pub fn number(self) -> u16 {
        self.0
    }
}

macro_rules! our_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

our_id! {
    /// A template.
    TemplateId,
    /// A coupon, beside its code; carries the bucket of its shopper.
    CouponId,
    /// A lock; carries the bucket of its order.
    LockId,
    /// A redemption; carries the bucket of its order.
    RedemptionId,
    /// Somebody who works in the console.
    OperatorId,
    /// A key of an order system.
    KeyId,
    /// Something that a person has to look at.
    ExceptionId,
    /// Coupons given to many at once.
    GrantId,
    /// Pool codes that are made in the background.
    PoolId,
    /// An endpoint that is told what happens.
    WebhookId,
    /// What one endpoint is told of one event; carries the bucket of its row.
    DeliveryId,
    /// Somebody or something on a list of risk's.
    EntryId,
    /// What risk decided of one claim; carries the bucket of its row.
    HitId,
    /// A claim that waits in line, or did; carries the bucket of its shopper.
    TicketId,
    /// What was spent on a channel over some days.
    CostId,
}

/// Writes a bucket into the ten low bits of a UUIDv7's `rand_a` (RFC 9562, section 5.7), so that
/// an id alone says where its row lives.
pub fn with_bucket(id: Uuid, bucket: Bucket) -> Uuid {
    let mut bytes = *id.as_bytes();
    bytes[6] = (bytes[6] & 0xfc) | (bucket.0 >> 8) as u8;
    bytes[7] = bucket.0 as u8;
    Uuid::from_bytes(bytes)
}

/// The bucket that [`with_bucket`] wrote.
pub fn bucket_in(id: Uuid) -> Bucket {
    let bytes = id.as_bytes();
    Bucket(u16::from_be_bytes([bytes[6] & 0x03, bytes[7]]))
}

impl CouponId {
    /// Where the coupon's row lives.
    pub fn bucket(self) -> Bucket {
        bucket_in(self.0)
    }
}

impl LockId {
    /// Where the lock's row lives.
    pub fn bucket(self) -> Bucket {
        bucket_in(self.0)
    }
}

impl DeliveryId {
    /// Where the delivery's row lives.
    pub fn bucket(self) -> Bucket {
        bucket_in(self.0)
    }
}

impl HitId {
    /// Where the hit's row lives.
    pub fn bucket(self) -> Bucket {
        bucket_in(self.0)
    }
}

impl TicketId {
    /// Where the ticket's row lives.
    pub fn bucket(self) -> Bucket {
        bucket_in(self.0)
    }
}

impl RedemptionId {
    /// Where the redemption's row lives.
    pub fn bucket(self) -> Bucket {
        bucket_in(self.0)
    }
}

/// Checks a reference from outside: 1 to 64 characters, none of them a control character.
pub fn check_reference(text: &str) -> Result<(), Problem> {
    if text.is_empty() {
        return Err(Problem::Required);
    }
    if text.chars().count() > REFERENCE_MAX {
        return Err(Problem::TooLong { max: REFERENCE_MAX as u64 });
    }
    if text.chars().any(char::is_control) {
        return Err(Problem::ControlCharacter);
    }
    Ok(())
}

macro_rules! reference {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to 64 characters without control characters.
            pub fn new(text: impl Into<String>) -> Result<Self, Problem> {
                let text = text.into();
                check_reference(&text)?;
                Ok(Self(text))
            }

            /// The text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Problem;
            fn from_str(text: &str) -> Result<Self, Problem> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Problem;
            fn try_from(text: String) -> Result<Self, Problem> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    )*};
}

reference! {
    /// A shopper, as the host shop calls them.
    ShopperId,
    /// An order, as the order system calls it.
    OrderRef,
    /// A payment, as the payment system calls it.
    PaymentRef,
    /// A refund, as the payment system calls it.
    RefundRef,
    /// A line within one cart.
    LineId,
    /// A product of the catalogue.
    ProductId,
    /// A category of the catalogue.
    CategoryId,
    /// Where a shopper came from.
    Channel,
    /// What tells a shopper's device from others.
    Device,
}

impl ShopperId {
    /// Where this shopper's rows live.
    pub fn bucket(&self) -> Bucket {
        Bucket::of(&self.0)
    }
}

impl OrderRef {
    /// Where this order's rows live.
    pub fn bucket(&self) -> Bucket {
        Bucket::of(&self.0)
    }
}

/// A coupon's code: 16 symbols of Crockford base 32, of which 2 name the bucket, 13 are random
/// and 1 checks the rest (Luhn mod 32: it finds every single wrong symbol).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code([u8; 16]);

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Code {
    /// The code of `bucket` with 65 bits of `random`ness; higher bits are ignored.
    pub fn new(bucket: Bucket, random: u128) -> Self {
        let mut values = [0u8; 16];
        values[0] = (bucket.0 >> 5) as u8;
        values[1] = (bucket.0 & 31) as u8;
        for (i, value) in values[2..15].iter_mut().enumerate() {
            *value = (random >> (5 * i) & 31) as u8;
        }
        values[15] = check_symbol(&values[..15]);
        Self(values.map(|value| ALPHABET[value as usize]))
    }

    /// Reads a code as people type it: any case and width, spaces and dashes dropped, O read as 0,
    /// I and L as 1. `None` when it is no code of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let mut values = [0u8; 16];
        let mut len = 0;
        for c in text.chars().map(plain).filter(|c| !is_between(*c)) {
            *values.get_mut(len)? = symbol_value(c)?;
            len += 1;
        }
        let whole = len == 16 && check_symbol(&values[..15]) == values[15];
        whole.then(|| Self(values.map(|value| ALPHABET[value as usize])))
    }

    /// Where the coupon's row lives.
    pub fn bucket(self) -> Bucket {
        let value = |symbol| symbol_value(char::from(symbol)).map_or(0, u16::from);
        Bucket(value(self.0[0]) << 5 | value(self.0[1]))
    }

    /// The 16 symbols.
    pub fn as_str(&self) -> &str {
        // Every symbol comes from ALPHABET, which is ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// As shown to people: `ABCD-EFGH-JKMN-PQRS`.
    pub fn grouped(&self) -> String {
        let text = self.as_str();
        [&text[..4], &text[4..8], &text[8..12], &text[12..]].join("-")
    }
}

/// A Chinese keyboard types letters and digits in full width.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// What stands between symbols: spaces, dashes of any length, and marks that are not seen and come
/// along when a code is copied.
fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn symbol_value(c: char) -> Option<u8> {
    let folded = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let byte = u8::try_from(folded).ok()?;
    ALPHABET.iter().position(|&symbol| symbol == byte).map(|value| value as u8)
}

/// Luhn mod N with N = 32: double every second value from the right, add both base-32 digits of
/// each, and take what is missing to a multiple of 32.
fn check_symbol(values: &[u8]) -> u8 {
    let sum: u32 = values
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &value)| {
            let weighted = u32::from(value) * if i % 2 == 0 { 2 } else { 1 };
            weighted / 32 + weighted % 32
        })
        .sum();
    ((32 - sum % 32) % 32) as u8
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whole codes are as good as money: logs and panics show the bucket and the last two symbols.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.as_str();
        write!(f, "{}…{}", &text[..2], &text[14..])
    }
}

impl TryFrom<String> for Code {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text).ok_or(Problem::NotACode)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_reads_back_in_any_dress(bucket in 0u16..1024, random: u128) {
            let code = Code::new(Bucket(bucket), random);
            prop_assert_eq!(code.bucket(), Bucket(bucket));
            prop_assert_eq!(Code::parse(&code.grouped().to_lowercase()), Some(code));
            let folded = code.as_str().replace('0', "o").replace('1', "l");
            prop_assert_eq!(Code::parse(&format!(" {folded} ")), Some(code));
            let wide = |c| char::from_u32(c as u32 + 0xfee0).unwrap();
            let wide: String = code.grouped().chars().map(wide).collect();
            prop_assert_eq!(Code::parse(&wide), Some(code));
            let dashed = code.grouped().replace('-', " \u{2014} ");
            prop_assert_eq!(Code::parse(&format!("\u{200f}{dashed}\u{feff}")), Some(code));
        }

        #[test]
        fn one_wrong_symbol_is_noticed(random: u128, at in 0usize..16, other in 0usize..32) {
            let code = Code::new(Bucket(7), random);
            let mut wrong = code.0;
            wrong[at] = ALPHABET[other];
            let text = String::from_utf8(wrong.to_vec()).unwrap();
            prop_assert_eq!(Code::parse(&text).is_some(), wrong == code.0);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = Code::parse(&text);
        }

        #[test]
        fn an_id_keeps_its_bucket(bytes: [u8; 16], bucket in 0u16..1024) {
            let id = with_bucket(Uuid::from_bytes(bytes), Bucket(bucket));
            prop_assert_eq!(bucket_in(id), Bucket(bucket));
            prop_assert_eq!(id.as_bytes()[6] & 0xf0, bytes[6] & 0xf0);
        }
    }

    #[test]
    fn references_are_short_and_printable() {
        assert!(ShopperId::new("s-1").is_ok());
        assert!(ShopperId::new("券".repeat(64)).is_ok());
        assert_eq!(ShopperId::new(""), Err(Problem::Required));
        assert_eq!(ShopperId::new("x".repeat(65)), Err(Problem::TooLong { max: 64 }));
        assert_eq!(ShopperId::new("a\nb"), Err(Problem::ControlCharacter));
    }

    #[test]
    fn a_code_is_masked_in_logs() {
        let code = Code::new(Bucket(0), 0);
        assert_eq!(format!("{code:?}"), "00…00");
    }
}
