package io.dragoman.plugin.internal.wire;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Values of the PDK as objects of Java: what goes into a call and comes out of it.
 *
 * <p>null, Boolean, Long (written: any whole number), Double, String, byte[], List, Map with texts
 * as keys. Records and other beans are written as the maps that Jackson makes of them.
 */
public final class Values {
  /** Lists and maps in each other, at most: as many as Kong's own JSON allows. */
  private static final int DEPTH_MAX = 100;

  /** Whole numbers that Lua's numbers hold exactly. */
  private static final long WHOLE_MAX = 1L << 53;

  private static final ObjectMapper JSON = new ObjectMapper();

  private Values() {}

  /**
   * Append a field that holds a Value.
   *
   * @throws IllegalArgumentException if the object is of no kind that travels
   */
  public static void write(Output output, int field, Object value) {
    write(output, field, value, 0);
  }

  private static void write(Output output, int field, Object value, int depth) {
    if (depth > DEPTH_MAX) {
      throw new IllegalArgumentException("lists and maps are nested too deep");
    }
    int start = output.begin(field);
    if (value instanceof CharSequence text) {
      output.textAlways(4, text.toString());
    } else if (value instanceof Boolean truth) {
      output.uintAlways(1, truth ? 1 : 0);
    } else if (value instanceof Number number) {
      writeNumber(output, number);
    } else if (value instanceof byte[] bytes) {
      writeBytes(output, bytes);
    } else if (value instanceof Collection<?> list) {
      writeList(output, list, depth);
    } else if (value instanceof Map<?, ?> map) {
      writeMap(output, map, depth);
    } else if (value != null) {
      writeBean(output, value, depth);
    }
    output.end(start);
  }

  private static void writeBean(Output output, Object value, int depth) {
    if (value instanceof Enum<?> constant) {
      output.textAlways(4, constant.name());
    } else {
      writeMap(output, JSON.convertValue(value, Map.class), depth);
    }
  }

  private static void writeNumber(Output output, Number number) {
    double plain = number.doubleValue();
    boolean isWhole = !(number instanceof Double || number instanceof Float);
    if (number instanceof BigInteger || number instanceof java.math.BigDecimal) {
      isWhole = false;
    }
    if (isWhole
        || plain == Math.rint(plain) && Math.abs(plain) <= WHOLE_MAX && !isMinusZero(plain)) {
      long whole = isWhole ? number.longValue() : (long) plain;
      output.uintAlways(2, whole << 1 ^ whole >> 63);
    } else {
      output.tag(3, 1).fixed64(Double.doubleToRawLongBits(plain));
    }
  }

  private static boolean isMinusZero(double plain) {
    return plain == 0 && 1 / plain < 0;
  }

  /** Bytes that are text travel as text, as a plugin in any other language would send them. */
  private static void writeBytes(Output output, byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      output.bytesAlways(4, bytes);
    } catch (CharacterCodingException cause) {
      output.bytesAlways(5, bytes);
    }
  }

  private static void writeList(Output output, Collection<?> list, int depth) {
    int start = output.begin(6);
    for (Object one : list) {
      write(output, 1, one, depth + 1);
    }
    output.end(start);
  }

  private static void writeMap(Output output, Map<?, ?> map, int depth) {
    int start = output.begin(7);
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      int one = output.begin(1);
      output.text(1, String.valueOf(entry.getKey()));
      write(output, 2, entry.getValue(), depth + 1);
      output.end(one);
    }
    output.end(start);
  }

  /** Read a Value; null is nil. */
  public static Object read(Input input) {
    return read(input, 0);
  }

  private static Object read(Input input, int depth) {
    if (depth > DEPTH_MAX) {
      throw new BadMessage("lists and maps are nested too deep");
    }
    Object value = null;
    while (input.hasMore()) {
      int tag = (int) input.varint();
      switch (tag) {
        case 1 << 3 -> value = input.varint() != 0;
        case 2 << 3 -> {
          long raw = input.varint();
          value = raw >>> 1 ^ -(raw & 1);
        }
        case 3 << 3 | 1 -> value = Double.longBitsToDouble(input.fixed64());
        case 4 << 3 | 2 -> value = input.text();
        case 5 << 3 | 2 -> value = input.bytes();
        case 6 << 3 | 2 -> value = readList(input.message(), depth);
        case 7 << 3 | 2 -> value = readMap(input.message(), depth);
        default -> input.skip(tag & 7);
      }
    }
    return value;
  }

  private static List<Object> readList(Input input, int depth) {
    List<Object> list = new ArrayList<>();
    while (input.hasMore()) {
      int tag = (int) input.varint();
      if (tag == (1 << 3 | 2)) {
        list.add(read(input.message(), depth + 1));
      } else {
        input.skip(tag & 7);
      }
    }
    return list;
  }

  private static Map<String, Object> readMap(Input input, int depth) {
    Map<String, Object> map = new LinkedHashMap<>();
    while (input.hasMore()) {
      int tag = (int) input.varint();
      if (tag == (1 << 3 | 2)) {
        readEntry(input.message(), map, depth);
      } else {
        input.skip(tag & 7);
      }
    }
    return map;
  }

  private static void readEntry(Input input, Map<String, Object> map, int depth) {
    String key = "";
    Object value = null;
    while (input.hasMore()) {
      int tag = (int) input.varint();
      switch (tag) {
        case 1 << 3 | 2 -> key = input.text();
        case 2 << 3 | 2 -> value = read(input.message(), depth + 1);
        default -> input.skip(tag & 7);
      }
    }
    map.put(key, value);
  }
}
