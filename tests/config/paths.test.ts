import { expect, test } from "bun:test";
import { fromHome, modelsFolderOf, pathsFor } from "../../src/config/paths.ts";
import { ConfigurationError } from "../../src/lib/errors.ts";

test("without XDG variables everything is below HOME", () => {
  expect(pathsFor({ HOME: "/home/ada" }, "linux")).toEqual({
    configFolder: "/home/ada/.config/mcpchat",
    configFile: "/home/ada/.config/mcpchat/config.toml",
    aliasFile: "/home/ada/.config/mcpchat/aliases.toml",
    dataFolder: "/home/ada/.local/share/mcpchat",
    databaseFile: "/home/ada/.local/share/mcpchat/mcpchat.db",
    trustFile: "/home/ada/.local/share/mcpchat/trusted.json",
    keysFile: "/home/ada/.local/share/mcpchat/keys.json",
    cacheFolder: "/home/ada/.cache/mcpchat",
    stateFolder: "/home/ada/.local/state/mcpchat",
    logFile: "/home/ada/.local/state/mcpchat/log",
  });
});

test("XDG variables win, unless they are relative or empty", () => {
  const env = { HOME: "/home/ada", XDG_CONFIG_HOME: "/etc/ada", XDG_DATA_HOME: "data", XDG_CACHE_HOME: "" };
  const paths = pathsFor(env, "darwin");
  expect(paths.configFile).toBe("/etc/ada/mcpchat/config.toml");
  expect(paths.dataFolder).toBe("/home/ada/.local/share/mcpchat");
  expect(paths.cacheFolder).toBe("/home/ada/.cache/mcpchat");
});

test("HOME is not needed when all four are named", () => {
  const env = { XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d", XDG_CACHE_HOME: "/e", XDG_STATE_HOME: "/f" };
  expect(pathsFor(env, "linux").stateFolder).toBe("/f/mcpchat");
});

test.each([
  [{}, "HOME is not set"],
  [{ HOME: "" }, "HOME is not set"],
  [{ HOME: "ada" }, "HOME is not an absolute path (ada)"],
])("%p: %s", (env, message) => {
  expect(() => pathsFor(env, "linux")).toThrow(ConfigurationError);
  expect(() => pathsFor(env, "linux")).toThrow(message);
});

test("Windows has its own folders", () => {
  const env = { APPDATA: "C:\\Users\\ada\\AppData\\Roaming", USERPROFILE: "C:\\Users\\ada" };
  const paths = pathsFor(env, "win32");
  expect(paths.configFile).toBe("C:\\Users\\ada\\AppData\\Roaming\\mcpchat\\config.toml");
  expect(paths.databaseFile).toBe("C:\\Users\\ada\\AppData\\Local\\mcpchat\\data\\mcpchat.db");
  expect(() => pathsFor({}, "win32")).toThrow("APPDATA is not set");
});

test("models are in the data folder, or where the configuration says", () => {
  const env = { HOME: "/home/ada" };
  const paths = pathsFor(env, "linux");
  expect(modelsFolderOf({}, paths, env)).toBe("/home/ada/.local/share/mcpchat/models");
  expect(modelsFolderOf({ folder: "/models" }, paths, env)).toBe("/models");
  expect(modelsFolderOf({ folder: "~/models" }, paths, env)).toBe("/home/ada/models");
});

test("only a tilde with a slash is the home folder, where there is one", () => {
  expect(fromHome("~/m.gguf", { HOME: "/home/ada" })).toBe("/home/ada/m.gguf");
  expect(fromHome("~ada/m.gguf", { HOME: "/home/ada" })).toBe("~ada/m.gguf");
  expect(fromHome("~/m.gguf", {})).toBe("~/m.gguf");
});
