package io.dragoman.plugin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a configuration's record component is in Kong's schema, beyond its type. The gateway checks
 * it before a plugin sees the configuration. Everything may be left out.
 */
@Target({ElementType.RECORD_COMPONENT, ElementType.FIELD, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface Field {
  /**
   * Its name in the configuration; "" = the component's in snake_case ({@code perMinute} is {@code
   * per_minute}).
   */
  String name() default "";

  /** Must it be set? A component of a primitive type without a default must be, anyway. */
  boolean required() default false;

  /** Value where none is given: text as it is, anything else as JSON; "" = none. */
  String defaultValue() default "";

  /** The only texts or numbers that are allowed. */
  String[] oneOf() default {};

  /** Least and greatest number that is allowed: two numbers. */
  double[] between() default {};

  /** Numbers must be greater than that: one number. */
  double[] gt() default {};

  /** Least length of a text or list; -1 = any. */
  int lenMin() default -1;

  /** Greatest length of a text or list; -1 = any. */
  int lenMax() default -1;

  /** Pattern of Lua that a text must match; "" = any. */
  String match() default "";

  /** Text that a text must begin with; "" = any. */
  String startsWith() default "";

  /** Must a text be a UUID? */
  boolean uuid() default false;

  /** May it be a reference to a secret ({@code {vault://...}})? The plugin gets the secret. */
  boolean referenceable() default false;

  /** Is it a secret that the database keeps encrypted? */
  boolean encrypted() default false;

  /** For people; "" = none. */
  String description() default "";
}
