package io.dragoman.plugin.internal.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * Cuts what a connection delivers into frames.
 *
 * <p>A socket gives bytes, not messages: what has been read and is no whole frame yet stays until
 * more comes. One thread at a time uses it.
 */
public final class FrameBuffer {
  /** Longest frame that we take, in bytes, without its length: what our Hello says. */
  public static final int FRAME_BYTES_MAX = 16 << 20;

  /** Bytes of the length, the stream and the type before a message. */
  public static final int HEAD_BYTES = 9;

  /** What a gateway sends first. */
  static final byte[] PREFACE = {'D', 'R', 'A', 'G', 'O', 'M', 'A', 'N'};

  private static final int READ_BYTES = 64 << 10;

  private final ByteBuffer direct = ByteBuffer.allocateDirect(READ_BYTES);
  private byte[] bytes = new byte[READ_BYTES];
  private int from;
  private int to;
  private boolean hasPreface;

  /** Length that the frame at the front needs, its head included; 0 while that is not known. */
  private int needed;

  private int stream;
  private int type;
  private int messageFrom;

  /**
   * Go to the next frame.
   *
   * @return is there a whole one?
   * @throws BadMessage if the peer does not speak our protocol, or its frame is longer than it may
   *     be
   */
  public boolean next() {
    if (!hasPreface && !takePreface()) {
      return false;
    }
    needed = 0;
    if (to - from < 4) {
      return false;
    }
    int length = Input.fixed32At(bytes, from);
    if (length < HEAD_BYTES - 4 || length > FRAME_BYTES_MAX) {
      throw new BadMessage("a frame of " + Integer.toUnsignedString(length) + " bytes");
    }
    needed = length + 4;
    if (to - from < needed) {
      return false;
    }
    stream = Input.fixed32At(bytes, from + 4);
    type = bytes[from + 8] & 0xFF;
    messageFrom = from + HEAD_BYTES;
    from += needed;
    return true;
  }

  private boolean takePreface() {
    int count = Math.min(to - from, PREFACE.length);
    if (!Arrays.equals(bytes, from, from + count, PREFACE, 0, count)) {
      throw new BadMessage("the peer does not speak Dragoman:1");
    }
    hasPreface = count == PREFACE.length;
    from += hasPreface ? count : 0;
    return hasPreface;
  }

  /** Go back to before the frame that {@link #next} went to. */
  public void unread() {
    from = messageFrom - HEAD_BYTES;
  }

  public int stream() {
    return stream;
  }

  public int type() {
    return type;
  }

  /** The message of the frame, a copy. */
  public byte[] message() {
    return Arrays.copyOfRange(bytes, messageFrom, from);
  }

  /**
   * Read more; waits for it.
   *
   * @return false where the peer has closed
   */
  public boolean read(ReadableByteChannel channel) throws IOException {
    makeRoom();
    direct.clear();
    direct.limit(Math.min(direct.capacity(), bytes.length - to));
    int count = channel.read(direct);
    if (count < 0) {
      return false;
    }
    direct.flip();
    direct.get(bytes, to, count);
    to += count;
    return true;
  }

  /** Move what is left to the front of an array that holds the next frame whole. */
  private void makeRoom() {
    int left = to - from;
    int size = Math.max(READ_BYTES, needed);
    boolean isTooLarge = bytes.length > READ_BYTES && Math.max(needed, left) <= READ_BYTES;
    if (bytes.length < size || isTooLarge) {
      byte[] other = new byte[size];
      System.arraycopy(bytes, from, other, 0, left);
      bytes = other;
    } else if (from > 0) {
      System.arraycopy(bytes, from, bytes, 0, left);
    }
    from = 0;
    to = left;
  }
}
