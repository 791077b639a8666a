package io.dragoman.plugin.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing array of bytes that protobuf fields and frames are appended to.
 *
 * <p>The hot messages are written by hand with it: a Write costs one copy of its text and no
 * object. Scalars that are 0 and texts that are empty are left out, as proto3 wants; what must be
 * there even so (members of a oneof) is written with the methods that say "always".
 */
public final class Output {
  private static final int FIRST_BYTES = 256;

  private byte[] bytes;
  private int length;

  public Output() {
    this(FIRST_BYTES);
  }

  public Output(int capacity) {
    bytes = new byte[capacity];
  }

  public int length() {
    return length;
  }

  /** The bytes themselves, of which the first {@link #length()} count. */
  public byte[] array() {
    return bytes;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** Forget what is behind {@code newLength}. */
  public void cutTo(int newLength) {
    length = newLength;
  }

  private void reserve(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
    }
  }

  public Output byteRaw(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
    return this;
  }

  public Output raw(byte[] from, int at, int count) {
    reserve(count);
    System.arraycopy(from, at, bytes, length, count);
    length += count;
    return this;
  }

  public Output raw(Output other) {
    return raw(other.bytes, 0, other.length);
  }

  public Output varint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
    return this;
  }

  /** Unsigned 32 bits, little-endian. */
  public Output fixed32(int value) {
    reserve(4);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes[length++] = (byte) (value >>> shift);
    }
    return this;
  }

  /** 64 bits, little-endian. */
  public Output fixed64(long value) {
    return fixed32((int) value).fixed32((int) (value >>> 32));
  }

  public Output tag(int field, int wireType) {
    return varint((long) field << 3 | wireType);
  }

  /** A scalar, unless it is 0. */
  public Output uint(int field, long value) {
    return value == 0 ? this : uintAlways(field, value);
  }

  public Output uintAlways(int field, long value) {
    return tag(field, 0).varint(value);
  }

  public Output bool(int field, boolean value) {
    return value ? uintAlways(field, 1) : this;
  }

  /** Bytes or a message that is encoded already, unless empty. */
  public Output bytes(int field, byte[] value) {
    return value.length == 0 ? this : bytesAlways(field, value);
  }

  public Output bytesAlways(int field, byte[] value) {
    return tag(field, 2).varint(value.length).raw(value, 0, value.length);
  }

  /** Text, unless empty. */
  public Output text(int field, String value) {
    return value.isEmpty() ? this : textAlways(field, value);
  }

  /** Text in UTF-8; where it is ASCII, without an array in between. */
  @SuppressWarnings(
      "deprecation") // getBytes(int, int, byte[], int) is the copy of Latin-1 that is wanted here
  public Output textAlways(int field, String value) {
    tag(field, 2);
    if (!isAscii(value)) {
      byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
      return varint(encoded.length).raw(encoded, 0, encoded.length);
    }
    int count = value.length();
    varint(count);
    reserve(count);
    value.getBytes(0, count, bytes, length);
    length += count;
    return this;
  }

  static boolean isAscii(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  /** Begin a message whose length is not known yet; give what comes back to {@link #end}. */
  public int begin(int field) {
    tag(field, 2);
    reserve(1);
    return ++length;
  }

  /** End a message: puts its length before it, which moves it where it has 128 bytes or more. */
  public void end(int start) {
    int count = length - start;
    if (count < 0x80) {
      bytes[start - 1] = (byte) count;
      return;
    }
    int more = (31 - Integer.numberOfLeadingZeros(count)) / 7;
    reserve(more);
    System.arraycopy(bytes, start, bytes, start + more, count);
    length = start - 1;
    varint(count);
    length += count;
  }

  /** Put a number at a place that was left free for it, little-endian. */
  public void patchFixed32(int at, int value) {
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (value >>> 8 * i);
    }
  }
}
