package io.dragoman.plugin;

import static org.junit.jupiter.api.Assertions.*;

import io.dragoman.plugin.internal.wire.BadMessage;
import io.dragoman.plugin.internal.wire.FrameBuffer;
import io.dragoman.plugin.internal.wire.FrameType;
import io.dragoman.plugin.internal.wire.Output;
import io.dragoman.plugin.internal.wire.Values;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Frames out of bytes, whatever the pieces are in which they come. */
class FramesTest {
  private static final byte[] STREAM = stream();

  private static byte[] stream() {
    byte[] preface = "DRAGOMAN".getBytes(StandardCharsets.US_ASCII);
    byte[] text = "a message".getBytes(StandardCharsets.US_ASCII);
    return new Output()
        .raw(preface, 0, preface.length)
        .raw(TestGateway.frame(7, FrameType.EVENT, text))
        .raw(TestGateway.frame(0, FrameType.FORGET_ENTITIES, new byte[0]))
        .raw(TestGateway.frame(-1, FrameType.PING, new byte[100_000]))
        .toByteArray();
  }

  private static void read(FrameBuffer buffer, int from, int to, List<String> frames)
      throws IOException {
    byte[] part = Arrays.copyOfRange(STREAM, from, to);
    ReadableByteChannel channel = Channels.newChannel(new ByteArrayInputStream(part));
    do {
      while (buffer.next()) {
        frames.add(buffer.stream() + " " + buffer.type() + " " + buffer.message().length);
      }
    } while (buffer.read(channel));
  }

  @Test
  void areTheSameWhereverTheStreamIsCut() throws IOException {
    // every byte of the short frames, then far apart in the long one
    for (int cut = 0; cut < STREAM.length; cut += cut < 100 ? 1 : 9973) {
      FrameBuffer buffer = new FrameBuffer();
      List<String> frames = new ArrayList<>();
      read(buffer, 0, cut, frames);
      read(buffer, cut, STREAM.length, frames);
      assertEquals(List.of("7 8 9", "0 7 0", "-1 17 100000"), frames, "cut at " + cut);
    }
  }

  @Test
  void canBeLeftForSomebodyElse() throws IOException {
    FrameBuffer buffer = new FrameBuffer();
    assertFalse(buffer.next());
    buffer.read(Channels.newChannel(new ByteArrayInputStream(STREAM)));
    assertTrue(buffer.next());
    buffer.unread();
    assertTrue(buffer.next());
    assertEquals("a message", new String(buffer.message(), StandardCharsets.US_ASCII));
  }

  @Test
  void ofOddLengthsAreRefused() {
    for (int length : new int[] {0, 4, FrameBuffer.FRAME_BYTES_MAX + 1, -1}) {
      byte[] preface = "DRAGOMAN".getBytes(StandardCharsets.US_ASCII);
      byte[] bytes = new Output().raw(preface, 0, 8).fixed32(length).toByteArray();
      FrameBuffer buffer = new FrameBuffer();
      assertDoesNotThrow(() -> buffer.read(Channels.newChannel(new ByteArrayInputStream(bytes))));
      assertThrows(BadMessage.class, buffer::next, "length " + length);
    }
  }

  @Test
  void valuesThatCannotTravelSaySo() {
    List<Object> endless = new ArrayList<>();
    endless.add(endless);
    assertThrows(IllegalArgumentException.class, () -> Values.write(new Output(), 1, endless));
  }
}
