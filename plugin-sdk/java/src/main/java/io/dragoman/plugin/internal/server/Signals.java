package io.dragoman.plugin.internal.server;

import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Signals of the system. Java's own way, a shutdown hook, runs beside the hooks of libraries that
 * handlers under way still need, and cannot choose the exit status; so this is the JDK's
 * sun.misc.Signal, by reflection because compilers warn of it.
 */
public final class Signals {
  private Signals() {}

  /**
   * Call back when one of the signals comes. Where the JDK has none of it, the process ends as any
   * other.
   */
  public static void on(List<String> names, Runnable handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, args) -> {
                if (method.getName().equals("handle")) {
                  handler.run();
                  return null;
                }
                return method.getName().equals("equals") ? (Object) (self == args[0]) : (Object) 0;
              });
      for (String name : names) {
        Object one = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("handle", signal, type).invoke(null, one, proxy);
      }
    } catch (ReflectiveOperationException cause) {
      System.err.println("signals cannot be handled on this JDK: " + cause);
    }
  }
}
