//! Headers of a message as the gateway sent them, and what a plugin has written since.
//!
//! The block stays bytes until a plugin writes; a read walks its lines. Names are compared without case, and `-` equals `_`.

use bytes::Bytes;

/// Headers, and whether they can still be trusted.
pub struct Headers {
    block: Bytes,
    /// Name and value in turn, once something was written.
    list: Option<Vec<(Bytes, Bytes)>>,
    /// A write that is not repeated here may have changed them: ask the gateway.
    pub is_stale: bool,
}

fn fold(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte + 32,
        b'_' => b'-',
        other => other,
    }
}

pub fn same_name(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| fold(*x) == fold(*y))
}

/// Is it a token of HTTP?
pub fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c))
}

/// Can a value travel in the short form of a write?
pub fn is_plain(value: &str) -> bool {
    !value.bytes().any(|c| c < 32 || c == 127)
}

/// Name and value of each line of a block, as offsets.
fn lines(block: &[u8]) -> impl Iterator<Item = (usize, usize, usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < block.len() {
            let end = block[at..].iter().position(|c| *c == b'\n').map_or(block.len(), |n| at + n);
            let start = at;
            at = end + 1;
            let Some(colon) = block[start..end].iter().position(|c| *c == b':') else {
                continue;
            };
            let name_end = start + colon;
            let mut from = name_end + 1;
            let mut to = end;
            while from < to && matches!(block[from], b' ' | b'\t') {
                from += 1;
            }
            while to > from && matches!(block[to - 1], b' ' | b'\t' | b'\r') {
                to -= 1;
            }
            return Some((start, name_end, from, to));
        }
        None
    })
}

impl Headers {
    pub fn new(block: Bytes) -> Self {
        Self { block, list: None, is_stale: false }
    }

    /// First value of that name.
    pub fn get(&self, name: &str) -> Option<Bytes> {
        let name = name.as_bytes();
        if let Some(list) = &self.list {
            let found = list.iter().find(|(n, _)| same_name(n, name));
            return found.map(|(_, value)| value.clone());
        }
        lines(&self.block)
            .find(|(start, end, _, _)| same_name(&self.block[*start..*end], name))
            .map(|(_, _, from, to)| self.block.slice(from..to))
    }

    /// Lower-cased names with all their values, in the order of the first of each.
    pub fn all(&self) -> Vec<(String, Vec<String>)> {
        let mut all: Vec<(String, Vec<String>)> = Vec::new();
        let mut add = |name: &[u8], value: &[u8]| {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            let value = text_of(value);
            match all.iter_mut().find(|(n, _)| *n == name) {
                Some((_, values)) => values.push(value),
                None => all.push((name, vec![value])),
            }
        };
        match &self.list {
            Some(list) => list.iter().for_each(|(name, value)| add(name, value)),
            None => lines(&self.block).for_each(|(start, end, from, to)| {
                add(&self.block[start..end], &self.block[from..to]);
            }),
        }
        all
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.list.as_ref().map_or_else(|| lines(&self.block).count(), Vec::len)
    }

    fn list(&mut self) -> &mut Vec<(Bytes, Bytes)> {
        let block = &self.block;
        self.list.get_or_insert_with(|| {
            lines(block)
                .map(|(start, end, from, to)| (block.slice(start..end), block.slice(from..to)))
                .collect()
        })
    }

    pub fn clear(&mut self, name: &str) {
        self.list().retain(|(n, _)| !same_name(n, name.as_bytes()));
    }

    pub fn add(&mut self, name: &Bytes, value: &Bytes) {
        self.list().push((name.clone(), value.clone()));
    }

    pub fn set(&mut self, name: &Bytes, value: &Bytes) {
        self.list().retain(|(n, _)| !same_name(n, name));
        self.add(name, value);
    }
}

/// Text of bytes of HTTP: UTF-8, else each byte its Latin-1 letter.
pub fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> Headers {
        Headers::new(Bytes::from_static(b"Host: a.test\r\nX-A:  1 \r\nx_a: 2\r\nset-cookie: c\r\n"))
    }

    #[test]
    fn reads_names_without_case_and_with_either_dash() {
        let all = headers();
        assert_eq!(all.get("x-A").unwrap(), "1");
        assert_eq!(all.get("SET_COOKIE").unwrap(), "c");
        assert_eq!(all.get("x"), None);
        assert_eq!(all.count(), 4);
    }

    #[test]
    fn shows_what_was_written() {
        let mut all = headers();
        all.set(&"X-A".into(), &"3".into());
        all.add(&"x-b".into(), &"4".into());
        all.clear("host");
        assert_eq!(all.get("x_a").unwrap(), "3");
        assert_eq!(all.get("host"), None);
        assert_eq!(all.all().last().unwrap(), &("x-b".to_owned(), vec!["4".to_owned()]));
        assert_eq!(all.count(), 3);
    }
}
