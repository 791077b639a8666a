package io.dragoman.plugin.internal.event;

import io.dragoman.plugin.internal.wire.BadMessage;
import io.dragoman.plugin.internal.wire.Input;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An Event as it came: its bytes, and where each field is.
 *
 * <p>One pass notes offsets and numbers; texts are made when somebody asks for them, so what a
 * plugin does not read costs nothing.
 */
public final class Snapshot {
  // Numbers of fields of Event, as the contract gives them.
  public static final int PHASE = 1;
  public static final int INSTANCES = 2;
  public static final int REQUEST = 3;
  public static final int DEADLINE_MS = 4;
  public static final int ID = 5;
  public static final int METHOD = 6;
  public static final int TARGET = 7;
  public static final int HTTP_VERSION = 8;
  public static final int SCHEME = 9;
  public static final int HOST = 10;
  public static final int PORT = 11;
  public static final int HEADERS = 12;
  public static final int CLIENT_IP = 13;
  public static final int CLIENT_PORT = 14;
  public static final int FORWARDED_IP = 15;
  public static final int FORWARDED_PORT = 16;
  public static final int FORWARDED_SCHEME = 17;
  public static final int FORWARDED_HOST = 18;
  public static final int FORWARDED_REQUEST_PORT = 19;
  public static final int ROUTE = 20;
  public static final int SERVICE = 21;
  public static final int CONSUMER = 22;
  public static final int CREDENTIAL = 23;
  public static final int START_MS = 24;
  public static final int BODY_STATE = 25;
  public static final int BODY = 26;
  public static final int SHARED = 27;
  public static final int SHARED_IS_PARTIAL = 28;
  public static final int STATUS = 32;
  public static final int RESPONSE_HEADERS = 33;
  public static final int SOURCE = 34;
  public static final int SERVICE_STATUS = 35;
  public static final int RESPONSE_BODY_STATE = 36;
  public static final int RESPONSE_BODY = 37;
  public static final int PLUGIN = 40;
  public static final int CONFIGS = 41;

  /** Values of {@link #BODY_STATE}. */
  public static final int BODY_NONE = 1;

  public static final int BODY_HERE = 2;

  private static final int FIELDS = 42;

  private final byte[] bytes;

  /** For each field where it begins and ends; for a varint its value in the first of the two. */
  private final int[] at = new int[2 * FIELDS];

  /**
   * @throws BadMessage if the bytes are no Event
   */
  public Snapshot(byte[] bytes) {
    this.bytes = bytes;
    Input input = new Input(bytes);
    while (input.hasMore()) {
      int tag = (int) input.varint();
      int field = tag >>> 3;
      int wireType = tag & 7;
      if (field >= FIELDS) {
        input.skip(wireType);
      } else if (wireType == 0) {
        at[2 * field] = (int) input.varint();
      } else {
        int start = wireType == 2 ? input.length() : 0;
        int from = input.position();
        if (wireType == 2) {
          input.skipBytes(start);
        } else {
          input.skip(wireType);
        }
        at[2 * field] = from;
        at[2 * field + 1] = input.position();
      }
    }
  }

  public byte[] array() {
    return bytes;
  }

  /** A number; 0 where there is none. */
  public int number(int field) {
    return at[2 * field];
  }

  public int from(int field) {
    return at[2 * field];
  }

  public int to(int field) {
    return at[2 * field + 1];
  }

  public boolean isEmpty(int field) {
    return at[2 * field + 1] <= at[2 * field];
  }

  public byte[] bytes(int field) {
    return Arrays.copyOfRange(bytes, from(field), to(field));
  }

  public String text(int field) {
    return textOf(bytes, from(field), to(field));
  }

  /** Milliseconds of the epoch; 0 = not given. */
  public long startMs() {
    return isEmpty(START_MS) ? 0 : Input.fixed64At(bytes, from(START_MS));
  }

  /** A list of numbers. */
  public int[] numbers(int field) {
    int count = 0;
    for (int i = from(field); i < to(field); i++) {
      count += bytes[i] >= 0 ? 1 : 0;
    }
    int[] numbers = new int[count];
    Input input = new Input(bytes, from(field), to(field));
    for (int i = 0; i < count; i++) {
      numbers[i] = (int) input.varint();
    }
    return numbers;
  }

  /** Is there a request? There is none in init_worker, configure and certificate. */
  public boolean hasRequest() {
    return !isEmpty(METHOD);
  }

  /** Text of bytes of HTTP: UTF-8, else each byte its Latin-1 letter. */
  public static String textOf(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < 0) {
        return textOfOther(bytes, from, to);
      }
    }
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static String textOfOther(byte[] bytes, int from, int to) {
    ByteBuffer part = ByteBuffer.wrap(bytes, from, to - from);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(part).toString();
    } catch (CharacterCodingException cause) {
      return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
  }
}
