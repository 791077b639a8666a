package io.dragoman.plugin.internal.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes any message of the contract as a map, by the tables of {@link Messages}.
 *
 * <p>For what is said once for a connection or a plugin config (Hello, Start, Started, Entity,
 * ...), where a map costs nothing that counts. Values: Long for whole numbers, Boolean, Double,
 * String, byte[], List, Map; an enum is the name of its value. What is absent, 0 or empty is not in
 * the map.
 */
public final class Codec {
  private Codec() {}

  /**
   * @param message name of the message
   * @throws BadMessage if the bytes are none
   */
  public static Map<String, Object> decode(String message, byte[] bytes) {
    return decode(message, new Input(bytes));
  }

  private static Map<String, Object> decode(String message, Input input) {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (input.hasMore()) {
      long tag = input.varint();
      MessageField field = find(message, (int) (tag >>> 3));
      int wireType = (int) tag & 7;
      if (field == null) {
        input.skip(wireType);
      } else if (field.isRepeated()) {
        decodeRepeated(field, wireType, input, fields);
      } else if (wireType == field.kind().wireType) {
        fields.put(field.name(), value(field, input));
      } else {
        throw new BadMessage(message + "." + field.name() + " is of another kind");
      }
    }
    return fields;
  }

  private static MessageField find(String message, int number) {
    for (MessageField field : Messages.fieldsOf(message)) {
      if (field.number() == number) {
        return field;
      }
    }
    return null;
  }

  @SuppressWarnings("unchecked") // this method alone puts lists into the map
  private static void decodeRepeated(
      MessageField field, int wireType, Input input, Map<String, Object> fields) {
    List<Object> list =
        (List<Object>) fields.computeIfAbsent(field.name(), name -> new ArrayList<>());
    if (wireType == 2 && field.kind().wireType != 2) {
      Input packed = input.message();
      while (packed.hasMore()) {
        list.add(value(field, packed));
      }
    } else if (wireType == field.kind().wireType) {
      list.add(value(field, input));
    } else {
      throw new BadMessage(field.name() + " is of another kind");
    }
  }

  private static Object value(MessageField field, Input input) {
    return switch (field.kind()) {
      case UINT32 -> input.varint() & 0xFFFF_FFFFL;
      case BOOL -> input.varint() != 0;
      case SINT32, SINT64 -> {
        long raw = input.varint();
        yield raw >>> 1 ^ -(raw & 1);
      }
      case ENUM -> nameOf(field.message(), (int) input.varint());
      case FIXED64 -> input.fixed64();
      case DOUBLE -> Double.longBitsToDouble(input.fixed64());
      case STRING -> input.text();
      case BYTES -> input.bytes();
      case MESSAGE -> decode(field.message(), input.message());
    };
  }

  private static Object nameOf(String type, int number) {
    for (Map.Entry<String, Integer> value : Messages.valuesOf(type).entrySet()) {
      if (value.getValue() == number) {
        return value.getKey();
      }
    }
    return String.valueOf(number);
  }

  /** The message's bytes; fields in ascending order. */
  public static byte[] encode(String message, Map<String, ?> fields) {
    Output output = new Output();
    encode(message, fields, output);
    return output.toByteArray();
  }

  private static void encode(String message, Map<String, ?> fields, Output output) {
    for (MessageField field : Messages.fieldsOf(message)) {
      Object value = fields.get(field.name());
      if (value == null) {
        continue;
      }
      if (!field.isRepeated()) {
        encodeOne(field, value, output);
      } else if (field.kind().wireType == 2) {
        ((List<?>) value).forEach(one -> encodeOne(field, one, output));
      } else {
        Output packed = new Output();
        ((List<?>) value).forEach(one -> packed.varint(((Number) one).longValue()));
        output.bytes(field.number(), packed.toByteArray());
      }
    }
  }

  @SuppressWarnings("unchecked") // a message is a map, here and in decode
  private static void encodeOne(MessageField field, Object value, Output output) {
    int number = field.number();
    boolean isAlways = field.isOneof() || field.isRepeated();
    switch (field.kind()) {
      case STRING -> {
        if (isAlways || !((String) value).isEmpty()) {
          output.textAlways(number, (String) value);
        }
      }
      case BYTES -> {
        if (isAlways || ((byte[]) value).length > 0) {
          output.bytesAlways(number, (byte[]) value);
        }
      }
      case MESSAGE ->
          output.bytesAlways(number, encode(field.message(), (Map<String, Object>) value));
      case FIXED64 -> output.tag(number, 1).fixed64((Long) value);
      case DOUBLE -> output.tag(number, 1).fixed64(Double.doubleToRawLongBits((Double) value));
      default -> {
        long scalar = scalar(field, value);
        if (isAlways || scalar != 0) {
          output.uintAlways(number, scalar);
        }
      }
    }
  }

  private static long scalar(MessageField field, Object value) {
    return switch (field.kind()) {
      case BOOL -> (Boolean) value ? 1 : 0;
      case SINT32, SINT64 -> {
        long plain = ((Number) value).longValue();
        yield plain << 1 ^ plain >> 63;
      }
      case ENUM -> Messages.valuesOf(field.message()).get((String) value);
      default -> ((Number) value).longValue();
    };
  }
}
