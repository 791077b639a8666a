package io.dragoman.plugin.internal.wire;

/** Types of frames, as proto/dragoman/plugin.proto numbers them. */
public final class FrameType {
  public static final int HELLO = 1;
  public static final int START = 2;
  public static final int STARTED = 3;
  public static final int START_FAILED = 4;
  public static final int STOP = 5;
  public static final int ENTITY = 6;
  public static final int FORGET_ENTITIES = 7;
  public static final int EVENT = 8;
  public static final int CALL = 9;
  public static final int RESULT = 10;
  public static final int DONE = 11;
  public static final int CHUNK = 12;
  public static final int CHUNK_DONE = 13;
  public static final int CANCEL = 14;
  public static final int FORGET = 15;
  public static final int LOG = 16;
  public static final int PING = 17;
  public static final int PONG = 18;
  public static final int DRAINING = 19;

  private FrameType() {}
}
