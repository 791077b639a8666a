package io.dragoman.plugin.internal.server;

import io.dragoman.plugin.internal.wire.FrameBuffer;
import io.dragoman.plugin.internal.wire.Output;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Gathers frames and writes them together: whoever finds nobody writing writes, for all.
 *
 * <p>The thread that reads only appends, and flushes when it has read everything: all answers of a
 * turn are one write.
 */
final class FrameWriter {
  /**
   * Bytes that may wait to be written; above, whoever has more to say waits until the gateway has
   * taken them.
   */
  private static final int WAITING_BYTES_MAX = 1 << 20;

  /** Bytes that are gathered at most before they are written in the middle of a turn. */
  private static final int GATHERED_BYTES_MAX = 256 << 10;

  /** Bytes of one call of the system: NIO keeps a buffer of that size for each thread. */
  private static final int SLICE_BYTES = 64 << 10;

  private final WritableByteChannel channel;
  private Output out = new Output(SLICE_BYTES);
  private Output spare = new Output(SLICE_BYTES);
  private boolean isWriting;
  private boolean isBroken;

  FrameWriter(WritableByteChannel channel) {
    this.channel = channel;
  }

  /**
   * Append a frame.
   *
   * @return has the caller to flush now, because too much is gathered?
   */
  synchronized boolean append(int stream, int type, byte[] message, int length) {
    boolean wasInterrupted = false;
    while (out.length() > WAITING_BYTES_MAX && isWriting && !isBroken) {
      try {
        wait();
      } catch (InterruptedException cause) {
        wasInterrupted = true; // of a plugin's own; its frame is due even so
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
    if (isBroken) {
      return false;
    }
    out.fixed32(length + FrameBuffer.HEAD_BYTES - 4).fixed32(stream).byteRaw(type);
    out.raw(message, 0, length);
    return out.length() > GATHERED_BYTES_MAX;
  }

  /** Write until nothing is left, unless somebody else does. */
  void flush() {
    synchronized (this) {
      if (isWriting) {
        return;
      }
      isWriting = true;
    }
    for (Output batch = take(); batch != null; batch = take()) {
      try {
        write(batch);
        recycle(batch);
      } catch (IOException cause) {
        fail();
      }
    }
  }

  /** What waits; null where nothing does, and the writing is over. */
  private synchronized Output take() {
    if (out.length() == 0 || isBroken) {
      isWriting = false;
      notifyAll();
      return null;
    }
    Output batch = out;
    out = spare == null ? new Output(SLICE_BYTES) : spare;
    spare = null;
    notifyAll();
    return batch;
  }

  private synchronized void recycle(Output batch) {
    if (batch.array().length <= WAITING_BYTES_MAX) {
      batch.cutTo(0);
      spare = batch;
    }
  }

  private synchronized void fail() {
    isBroken = true;
    notifyAll();
  }

  private void write(Output batch) throws IOException {
    // a thread that a plugin has left interrupted would close the channel
    boolean wasInterrupted = Thread.interrupted();
    ByteBuffer bytes = ByteBuffer.wrap(batch.array(), 0, batch.length());
    int end = bytes.limit();
    while (bytes.position() < end) {
      bytes.limit(Math.min(end, bytes.position() + SLICE_BYTES));
      channel.write(bytes);
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
