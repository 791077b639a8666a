package io.dragoman.plugin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the gateway has to know of a plugin before there is a configuration. Stands on the class of
 * a {@link Plugin}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface KongPlugin {
  /** Name, as configurations say it: lower case with dashes. */
  String name();

  /** One to three numbers with dots. */
  String version() default "0.1.0";

  /** Plugins with a higher one run earlier. */
  int priority() default 0;

  /** Does access read request bodies? Then a body that has arrived already comes with the event. */
  boolean readsRequestBody() default false;
}
