package io.dragoman.plugin.internal.wire;

/**
 * A field of a message, for the codec that is driven by tables.
 *
 * @param number as in the contract
 * @param name as in the contract
 * @param kind how it is written
 * @param message name of the message or enum, where it is one
 * @param isRepeated may there be several?
 * @param isOneof is it written even where it is 0 or empty?
 */
public record MessageField(
    int number, String name, Kind kind, String message, boolean isRepeated, boolean isOneof) {

  /** How a field is written. */
  public enum Kind {
    UINT32(0),
    BOOL(0),
    SINT32(0),
    SINT64(0),
    ENUM(0),
    FIXED64(1),
    DOUBLE(1),
    STRING(2),
    BYTES(2),
    MESSAGE(2);

    final int wireType;

    Kind(int wireType) {
      this.wireType = wireType;
    }
  }

  /**
   * A field of a line such as {@code "3 priority sint32"}, {@code "4 phases string*"}, {@code "2
   * any ConditionList?"}.
   *
   * @param line number, name and type; a star: repeated; a question mark: member of a oneof; {@code
   *     enum:Name} is an enum
   */
  static MessageField parse(String line) {
    String[] words = line.split(" ");
    String type = words[2];
    boolean isRepeated = type.endsWith("*");
    boolean isOneof = type.endsWith("?");
    String name = isRepeated || isOneof ? type.substring(0, type.length() - 1) : type;
    Kind kind = kindOf(name);
    String message = name.startsWith("enum:") ? name.substring("enum:".length()) : name;
    return new MessageField(
        Integer.parseInt(words[0]), words[1], kind, message, isRepeated, isOneof);
  }

  private static Kind kindOf(String name) {
    if (name.startsWith("enum:")) {
      return Kind.ENUM;
    }
    return switch (name) {
      case "uint32" -> Kind.UINT32;
      case "bool" -> Kind.BOOL;
      case "sint32" -> Kind.SINT32;
      case "sint64" -> Kind.SINT64;
      case "fixed64" -> Kind.FIXED64;
      case "double" -> Kind.DOUBLE;
      case "string" -> Kind.STRING;
      case "bytes" -> Kind.BYTES;
      default -> Kind.MESSAGE;
    };
  }
}
