package io.dragoman.plugin.internal.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.dragoman.plugin.Chunk;
import io.dragoman.plugin.Configure;
import io.dragoman.plugin.InitWorker;
import io.dragoman.plugin.Instance;
import io.dragoman.plugin.KongPlugin;
import io.dragoman.plugin.Phase;
import io.dragoman.plugin.Plugin;
import io.dragoman.plugin.internal.config.ConfigReader;
import io.dragoman.plugin.internal.config.ConfigType;
import io.dragoman.plugin.pdk.Kong;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plugin's class as a server keeps it: what it is called, which phases it handles, and how an
 * object of it is made.
 *
 * <p>Everything that reflection can find wrong is found when the server starts, with a sentence
 * that says what to do.
 */
public final class Registration {
  public final String name;
  public final String version;
  public final int priority;
  public final boolean readsRequestBody;
  public final List<Phase> phases;
  private final Class<? extends Plugin<?>> type;
  private final Class<?> config;
  private final Constructor<?> constructor;
  private final Method initWorker;
  private final Method configure;

  /**
   * @throws IllegalArgumentException if the class is no plugin that can be served
   */
  public Registration(Class<? extends Plugin<?>> type) {
    KongPlugin facts = type.getAnnotation(KongPlugin.class);
    require(facts != null, type, "has no @KongPlugin");
    require(facts.version().matches("\\d+(\\.\\d+){0,2}"), type, "has an odd version");
    this.type = type;
    name = facts.name();
    version = facts.version();
    priority = facts.priority();
    readsRequestBody = facts.readsRequestBody();
    config = configOf(type);
    require(config != null, type, "does not say its configuration: implements Plugin<MyConfig>");
    initWorker = staticMethod(InitWorker.class, Kong.class);
    configure = staticMethod(Configure.class, Kong.class, List.class);
    phases = Arrays.stream(Phase.values()).filter(this::handles).toList();
    require(!phases.isEmpty(), type, "handles no phase");
    boolean isBoth =
        phases.contains(Phase.RESPONSE)
            && (phases.contains(Phase.HEADER_FILTER) || phases.contains(Phase.BODY_FILTER));
    require(!isBoth, type, "has response together with headerFilter or bodyFilter");
    constructor = findConstructor();
    schema();
  }

  private static void require(boolean holds, Class<?> type, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(type.getName() + " " + otherwise);
    }
  }

  /** The C of {@code implements Plugin<C>}; also where a class above says it. */
  private static Class<?> configOf(Class<?> type) {
    for (Class<?> one = type; one != null; one = one.getSuperclass()) {
      for (Type implemented : one.getGenericInterfaces()) {
        if (implemented instanceof ParameterizedType generic
            && generic.getRawType() == Plugin.class
            && generic.getActualTypeArguments()[0] instanceof Class<?> found) {
          return found;
        }
      }
    }
    return null;
  }

  private Method staticMethod(Class<? extends Annotation> mark, Class<?>... parameters) {
    for (Method method : type.getDeclaredMethods()) {
      if (method.isAnnotationPresent(mark)) {
        boolean isFine =
            Modifier.isStatic(method.getModifiers())
                && Arrays.equals(method.getParameterTypes(), parameters);
        String words = "." + method.getName() + " is not static, or has other parameters than @";
        require(isFine, type, words + mark.getSimpleName() + " takes");
        method.setAccessible(true);
        return method;
      }
    }
    return null;
  }

  private boolean handles(Phase phase) {
    if (phase == Phase.INIT_WORKER) {
      return initWorker != null;
    }
    if (phase == Phase.CONFIGURE) {
      return configure != null;
    }
    return Arrays.stream(type.getMethods())
        .filter(one -> one.getName().equals(phase.method()) && !one.isBridge())
        .filter(one -> one.getParameterCount() == (phase == Phase.BODY_FILTER ? 2 : 1))
        .anyMatch(
            one ->
                one.getParameterTypes()[0] == Kong.class
                    && one.getDeclaringClass() != Plugin.class);
  }

  private Constructor<?> findConstructor() {
    List<Class<?>[]> forms = new ArrayList<>();
    forms.add(new Class<?>[] {config, Instance.class});
    forms.add(new Class<?>[] {config});
    forms.add(new Class<?>[0]);
    for (Class<?>[] form : forms) {
      try {
        Constructor<?> found = type.getDeclaredConstructor(form);
        found.setAccessible(true);
        return found;
      } catch (NoSuchMethodException cause) {
        continue;
      }
    }
    throw new IllegalArgumentException(
        type.getName() + " has no constructor for its configuration");
  }

  /** Kong's schema of the plugin. */
  public Map<String, Object> schema() {
    return ConfigType.schema(name, config);
  }

  /** What the gateway is told of it. */
  public Map<String, Object> info() {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("Name", name);
    info.put("Priority", priority);
    info.put("Version", version);
    info.put("Phases", phases.stream().map(Phase::kongName).toList());
    info.put("Schema", schema());
    return info;
  }

  /**
   * Make an object for a plugin config.
   *
   * @param json the configuration
   * @throws Exception whatever refused it, the plugin's own constructor included
   */
  public Plugin<?> start(byte[] json) throws Exception {
    JsonNode node = ConfigReader.parse(json);
    Object read = ConfigReader.read(node, config);
    Object[] all = {read, new Instance(ConfigReader.asMap(node))};
    try {
      Object made = constructor.newInstance(Arrays.copyOf(all, constructor.getParameterCount()));
      return (Plugin<?>) made;
    } catch (InvocationTargetException cause) {
      throw unwrap(cause);
    }
  }

  /** Run init_worker or configure. */
  public void runWorkerPhase(Phase phase, Kong kong, List<Plugin<?>> configs) throws Exception {
    Method method = phase == Phase.INIT_WORKER ? initWorker : configure;
    if (method == null) {
      return;
    }
    try {
      if (phase == Phase.INIT_WORKER) {
        method.invoke(null, kong);
      } else {
        method.invoke(null, kong, configs);
      }
    } catch (InvocationTargetException cause) {
      throw unwrap(cause);
    }
  }

  private static Exception unwrap(InvocationTargetException cause) {
    if (cause.getTargetException() instanceof Error error) {
      throw error;
    }
    return (Exception) cause.getTargetException();
  }

  /** Run the handler of a phase with a request. */
  public static void handle(Plugin<?> plugin, Phase phase, Kong kong) throws Exception {
    switch (phase) {
      case CERTIFICATE -> plugin.certificate(kong);
      case REWRITE -> plugin.rewrite(kong);
      case ACCESS -> plugin.access(kong);
      case RESPONSE -> plugin.response(kong);
      case HEADER_FILTER -> plugin.headerFilter(kong);
      case LOG -> plugin.log(kong);
      default -> throw new IllegalStateException(phase + " has a handler of another form");
    }
  }

  /** Run body_filter for a piece of the body. */
  public static void handle(Plugin<?> plugin, Kong kong, Chunk chunk) throws Exception {
    plugin.bodyFilter(kong, chunk);
  }
}
