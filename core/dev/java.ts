/**
 * Plugins in Java, by Maven.
 *
 * A whole Maven lifecycle fetches some 30 MB of plugins before it compiles a line, which is most of what a first build
 * takes. So the SDK is compiled by one goal and put into the repository as it is, and a plugin is built by two: its jar
 * names the libraries where they lie, instead of holding them. `mvn package` still makes the one jar that is deployed, and
 * what has no profile `dev`, or a path that a manifest cannot name, is built that way here, too.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Language } from "./language.ts";
import type { Project } from "./project.ts";
import type { Step } from "./steps.ts";

const SDK_VERSION = "0.1.0";
/** Fetches of artifacts at a time. */
const FETCHES = 10;
const MAVEN = ["mvn", "-q", "-B", `-Dmaven.artifact.threads=${FETCHES}`];
const PLUGINS = "org.apache.maven.plugins:maven-";
const COMPILE = `${PLUGINS}compiler-plugin:3.13.0:compile`;
const RESOURCES = `${PLUGINS}resources-plugin:3.3.1:resources`;
const JAR = `${PLUGINS}jar-plugin:3.2.2:jar`;

/** Where Maven keeps artifacts, the SDK's among them; the plugin's .mvn/maven.config names the same. */
const repositoryOf = ({ root }: Project): string => join(root, ".cache", "m2");

const sdkOf = ({ root }: Project): string => join(root, "plugin-sdk", "java");

/** Files of the SDK in the repository, without their endings. */
function artifactOf(project: Project): string {
  const name = "dragoman-plugin-sdk";
  const folder = join(repositoryOf(project), "io", "dragoman", name, SDK_VERSION);
  return join(folder, `${name}-${SDK_VERSION}`);
}

/** Milliseconds of the epoch of the youngest file. */
function youngestBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Math.max(
    ...files.map((one) => (one.isFile() ? statSync(join(one.parentPath, one.name)).mtimeMs : 0)),
  );
}

/** Is the SDK in the repository the one whose sources are here? */
function isInstalled(project: Project): boolean {
  const jar = `${artifactOf(project)}.jar`;
  if (!existsSync(jar)) return false;
  const sdk = sdkOf(project);
  const sources = Math.max(
    youngestBelow(join(sdk, "src", "main")),
    statSync(join(sdk, "pom.xml")).mtimeMs,
  );
  return statSync(jar).mtimeMs >= sources;
}

function install(project: Project): Step[] {
  const sdk = sdkOf(project);
  const artifact = artifactOf(project);
  mkdirSync(join(artifact, ".."), { recursive: true });
  copyFileSync(join(sdk, "pom.xml"), `${artifact}.pom`);
  return [
    {
      title: "compiling the SDK",
      words: [...MAVEN, `-Dmaven.repo.local=${repositoryOf(project)}`, COMPILE],
      cwd: sdk,
    },
    {
      title: "putting the SDK into .cache/m2",
      words: ["jar", "--create", "--file", `${artifact}.jar`, "-C", "target/classes", "."],
      cwd: sdk,
    },
  ];
}

/** May its jar name libraries where they lie? Paths in a manifest have no spaces. */
function isThin({ folder, root }: Project): boolean {
  return !/\s/.test(root) && readFileSync(join(folder, "pom.xml"), "utf8").includes("<id>dev</id>");
}

function build(project: Project): Step[] {
  const { folder: cwd, name } = project;
  const title = `building ${name}`;
  if (!isThin(project)) {
    const words = [...MAVEN, "-Dmaven.test.skip", "package"];
    return [{ title, words, cwd, offline: "-o" }];
  }
  const resources = existsSync(join(cwd, "src", "main", "resources")) ? [RESOURCES] : [];
  const step = { title, words: [...MAVEN, "-Pdev", ...resources, COMPILE, JAR], cwd };
  // a try without a network is lost time where that plugin of Maven's was never here
  const path = join(repositoryOf(project), "org/apache/maven/plugins/maven-jar-plugin/3.2.2");
  return [existsSync(path) ? { ...step, offline: "-o" } : step];
}

/** As the tools use a language (languages.ts). */
export const JAVA: Language = {
  name: "java",
  sdkFolder: "plugin-sdk/java",
  toolchain: "a JDK 17 or newer (https://adoptium.net) with Maven (https://maven.apache.org)",
  check: ["mvn", "-version"],
  version: /Java version: (\d+)\.(\d+)/,
  needs: [17, 0],
  installedBy: ["pom.xml"],
  isInstalled,
  install,
  build,
  // the next build writes to the same place, while this one still runs
  finish: ({ folder, name }, out) =>
    copyFileSync(join(folder, "target", `${name}.jar`), join(out, `${name}.jar`)),
  test: ({ folder: cwd, name }) => ({
    title: `testing ${name}`,
    words: [...MAVEN, "test"],
    cwd,
    offline: "-o",
  }),
  serve: ({ name }, out) => [
    "java",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-jar",
    join(out, `${name}.jar`),
  ],
};
