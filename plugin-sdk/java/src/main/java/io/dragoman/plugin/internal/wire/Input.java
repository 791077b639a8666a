package io.dragoman.plugin.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads protobuf fields from a part of an array.
 *
 * <p>Every length is held against the end of the part before anything is read, so a message that
 * lies about itself is an {@link BadMessage} and nothing else.
 */
public final class Input {
  private final byte[] bytes;
  private final int limit;
  private int at;

  public Input(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  public Input(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.limit = to;
  }

  public byte[] array() {
    return bytes;
  }

  /** Where the next byte is read. */
  public int position() {
    return at;
  }

  public boolean hasMore() {
    return at < limit;
  }

  /**
   * @throws BadMessage if it does not end within ten bytes
   */
  public long varint() {
    if (at < limit && bytes[at] >= 0) {
      return bytes[at++];
    }
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at >= limit) {
        throw new BadMessage("a number is cut off");
      }
      byte next = bytes[at++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new BadMessage("a number is too long");
  }

  /** Length of what follows, which is there. */
  public int length() {
    long length = varint();
    if (length < 0 || length > limit - at) {
      throw new BadMessage("a field is longer than its message");
    }
    return (int) length;
  }

  /** The next field as a message of its own. */
  public Input message() {
    int length = length();
    Input inner = new Input(bytes, at, at + length);
    at += length;
    return inner;
  }

  public byte[] bytes() {
    int length = length();
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  public String text() {
    int length = length();
    at += length;
    return new String(bytes, at - length, length, StandardCharsets.UTF_8);
  }

  /** 64 bits, little-endian. */
  public long fixed64() {
    if (limit - at < 8) {
      throw new BadMessage("a number is cut off");
    }
    at += 8;
    return fixed64At(bytes, at - 8);
  }

  public static long fixed64At(byte[] bytes, int at) {
    return Integer.toUnsignedLong(fixed32At(bytes, at)) | (long) fixed32At(bytes, at + 4) << 32;
  }

  public static int fixed32At(byte[] bytes, int at) {
    return bytes[at] & 0xFF
        | (bytes[at + 1] & 0xFF) << 8
        | (bytes[at + 2] & 0xFF) << 16
        | bytes[at + 3] << 24;
  }

  /** Go past a field. */
  public void skip(int wireType) {
    switch (wireType) {
      case 0 -> varint();
      case 1 -> skipBytes(8);
      case 2 -> skipBytes(length());
      case 5 -> skipBytes(4);
      default -> throw new BadMessage("a field of an unknown kind");
    }
  }

  /** Go past that many bytes. */
  public void skipBytes(int count) {
    if (limit - at < count) {
      throw new BadMessage("a field is cut off");
    }
    at += count;
  }
}
