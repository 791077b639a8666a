package io.dragoman.plugin.internal.server;

import io.dragoman.plugin.Chunk;
import io.dragoman.plugin.internal.wire.Input;
import io.dragoman.plugin.internal.wire.Output;

/** Chunk and ChunkDone, the messages of a body on its way. */
public final class Chunks {
  private Chunks() {}

  /** Read a Chunk. */
  public static Chunk decode(byte[] message) {
    Input input = new Input(message);
    byte[] data = new byte[0];
    boolean isLast = false;
    while (input.hasMore()) {
      int tag = (int) input.varint();
      switch (tag) {
        case 1 << 3 | 2 -> data = input.bytes();
        case 2 << 3 -> isLast = input.varint() != 0;
        default -> input.skip(tag & 7);
      }
    }
    return new Chunk(data, isLast);
  }

  /**
   * Make a ChunkDone. What no plugin has changed is not sent back.
   *
   * @param writes as they are encoded in field 1 of other messages
   */
  public static Output encode(Chunk chunk, Output writes, String failure) {
    boolean isChanged = chunk.isChanged();
    Output done = new Output((isChanged ? chunk.data().length : 0) + writes.length() + 64);
    if (isChanged) {
      done.bytes(1, chunk.data()).bool(2, chunk.isLast());
    }
    done.bool(3, !isChanged);
    Input input = new Input(writes.array(), 0, writes.length());
    while (input.hasMore()) {
      input.varint();
      int length = input.length();
      done.tag(4, 2).varint(length).raw(writes.array(), input.position(), length);
      input.skipBytes(length);
    }
    return done.text(5, failure);
  }
}
