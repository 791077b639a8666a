package io.dragoman.plugin;

/** Phases of the gateway in which plugins run, with Kong's bits. */
public enum Phase {
  INIT_WORKER("init_worker", "initWorker", 0x1),
  CONFIGURE("configure", "configure", 0x8000),
  CERTIFICATE("certificate", "certificate", 0x2),
  REWRITE("rewrite", "rewrite", 0x10),
  ACCESS("access", "access", 0x20),
  RESPONSE("response", "response", 0x80),
  HEADER_FILTER("header_filter", "headerFilter", 0x200),
  BODY_FILTER("body_filter", "bodyFilter", 0x400),
  LOG("log", "log", 0x2000);

  private final String kongName;
  private final String method;
  private final int bit;

  Phase(String kongName, String method, int bit) {
    this.kongName = kongName;
    this.method = method;
    this.bit = bit;
  }

  /**
   * @return name as in Kong: "header_filter"
   */
  public String kongName() {
    return kongName;
  }

  /**
   * @return name of the method of {@link Plugin} that handles it
   */
  public String method() {
    return method;
  }

  /**
   * @return its bit in sets of phases
   */
  public int bit() {
    return bit;
  }

  /**
   * @param bit as in an event
   * @return null where there is no phase with that bit
   */
  public static Phase ofBit(int bit) {
    return switch (bit) {
      case 0x1 -> INIT_WORKER;
      case 0x2 -> CERTIFICATE;
      case 0x10 -> REWRITE;
      case 0x20 -> ACCESS;
      case 0x80 -> RESPONSE;
      case 0x200 -> HEADER_FILTER;
      case 0x400 -> BODY_FILTER;
      case 0x2000 -> LOG;
      case 0x8000 -> CONFIGURE;
      default -> null;
    };
  }
}
