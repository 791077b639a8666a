//! Frames: a length, a stream, a type and a message, cut out of the bytes of a connection.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::Message;

/// Longest frame that is accepted, in bytes.
pub const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What the gateway sends first.
pub const PREFACE: &[u8] = b"DRAGOMAN";
/// Bytes of stream and type, which the length counts.
const HEAD_BYTES: usize = 5;

/// A frame as it came.
#[derive(Debug, PartialEq)]
pub struct RawFrame {
    pub stream: u32,
    pub kind: u8,
    pub message: Bytes,
}

/// The peer sent what is no frame; the connection is of no more use.
#[derive(Debug, PartialEq, Eq)]
pub struct BadFrame(pub String);

/// Takes the next whole frame off the front of `input`; `None` while it is not complete.
pub fn take(input: &mut BytesMut) -> Result<Option<RawFrame>, BadFrame> {
    if input.len() < 4 {
        return Ok(None);
    }
    let length = u32::from_le_bytes([input[0], input[1], input[2], input[3]]) as usize;
    if length < HEAD_BYTES {
        return Err(BadFrame(format!("a frame of {length} bytes is too short")));
    }
    if length > FRAME_BYTES_MAX {
        return Err(BadFrame(format!("a frame of {length} bytes is longer than {FRAME_BYTES_MAX}")));
    }
    if input.len() < 4 + length {
        input.reserve(4 + length - input.len());
        return Ok(None);
    }
    input.advance(4);
    let mut rest = input.split_to(length);
    let stream = rest.get_u32_le();
    let kind = rest.get_u8();
    Ok(Some(RawFrame { stream, kind, message: rest.freeze() }))
}

/// Puts a frame behind what is there.
pub fn put(output: &mut BytesMut, stream: u32, kind: u8, message: &impl Message) {
    let length = HEAD_BYTES + message.encoded_len();
    output.reserve(4 + length);
    output.put_u32_le(length as u32);
    output.put_u32_le(stream);
    output.put_u8(kind);
    message.encode_raw(output);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{frame, Stop};

    #[test]
    fn yields_the_same_frames_wherever_the_stream_is_cut() {
        let mut whole = BytesMut::new();
        put(&mut whole, 7, frame::STOP, &Stop { instance: 300 });
        put(&mut whole, 8, frame::STOP, &Stop { instance: 0 });
        for cut in 0..=whole.len() {
            let mut input = BytesMut::new();
            let mut seen = Vec::new();
            for part in [&whole[..cut], &whole[cut..]] {
                input.extend_from_slice(part);
                while let Some(found) = take(&mut input).unwrap() {
                    seen.push((found.stream, Stop::decode(found.message).unwrap().instance));
                }
            }
            assert_eq!(seen, [(7, 300), (8, 0)], "cut at {cut}");
        }
    }

    #[test]
    fn refuses_lengths_that_no_frame_has() {
        for length in [0_u32, 4, FRAME_BYTES_MAX as u32 + 1, u32::MAX] {
            let mut input = BytesMut::from(&length.to_le_bytes()[..]);
            assert!(take(&mut input).is_err(), "{length}");
        }
    }
}
