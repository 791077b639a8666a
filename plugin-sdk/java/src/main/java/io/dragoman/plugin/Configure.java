package io.dragoman.plugin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a static method {@code (Kong, List<MyPlugin>)} of a plugin that runs after each change of
 * the configuration, with an object for each plugin config that is in force.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Configure {}
