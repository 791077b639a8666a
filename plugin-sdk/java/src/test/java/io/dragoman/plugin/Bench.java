package io.dragoman.plugin;

import io.dragoman.plugin.internal.wire.Codec;
import io.dragoman.plugin.internal.wire.FrameType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Load for a plugin server: the benchmark plugin, some events under way at a time. Prints events
 * per second, the time of one, and the CPU of the server's process for each. {@code Bench SOCKET
 * UNDER_WAY EVENTS}; the server is the class itself with {@code serve}.
 */
final class Bench {
  private Bench() {}

  public static void main(String[] args) throws Exception {
    if (args[0].equals("serve")) {
      PluginServer.serve(Arrays.copyOfRange(args, 1, args.length), Probe.class);
      return;
    }
    int underWay = Integer.parseInt(args[1]);
    int events = Integer.parseInt(args[2]);
    try (TestGateway gateway = new TestGateway(Path.of(args[0]))) {
      gateway.start(1, "probe", "{\"does\":\"bench\"}");
      long pid = (Long) gateway.hello.get("pid");
      run(gateway, underWay, 40_000); // until it is compiled
      long before = cpuMs(pid);
      long began = System.nanoTime();
      long[] times = run(gateway, underWay, events);
      double seconds = (System.nanoTime() - began) / 1e9;
      Arrays.sort(times);
      System.out.printf(
          "%d under way: %.0f/s, p50 %.1f us, p99 %.1f us, server's CPU %.2f us an event%n",
          underWay,
          events / seconds,
          times[events / 2] / 1e3,
          times[events * 99 / 100] / 1e3,
          (cpuMs(pid) - before) * 1e3 / events);
    }
  }

  private static long[] run(TestGateway gateway, int underWay, int events) throws Exception {
    byte[] message = Codec.encode("Event", TestGateway.event(Phase.ACCESS, Map.of()));
    byte[][] frames = new byte[underWay][];
    long[] begun = new long[underWay];
    long[] times = new long[events];
    for (int i = 0; i < underWay; i++) {
      frames[i] = TestGateway.frame(i + 1, FrameType.EVENT, message).toByteArray();
    }
    for (int done = 0; done < events; ) {
      byte[] all = new byte[frames[0].length * underWay];
      for (int i = 0; i < underWay; i++) {
        System.arraycopy(frames[i], 0, all, i * frames[0].length, frames[0].length);
        begun[i] = System.nanoTime();
      }
      gateway.write(all);
      for (int i = 0; i < underWay; i++) {
        int stream = gateway.receive().stream();
        if (done < events) {
          times[done++] = System.nanoTime() - begun[stream - 1];
        }
      }
    }
    return times;
  }

  private static long cpuMs(long pid) {
    return ProcessHandle.of(pid).orElseThrow().info().totalCpuDuration().orElseThrow().toMillis();
  }
}
