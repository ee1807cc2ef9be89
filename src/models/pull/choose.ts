/** Which of a repository's models is meant. Pure. */
import { basename } from "node:path/posix";
import { UsageError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import { formatBytes } from "../../lib/text-amount.ts";
import { singleLine } from "../../lib/text-layout.ts";
import { fileNameOf, isProjector, readFileName } from "../names.ts";
import type { HubFile } from "./hub.ts";
import { PullError } from "./problem.ts";
import type { HubReference } from "./reference.ts";

/** A model of a repository: all of its parts, in order. */
export interface HubModel {
  /** The file's name without `.gguf`. */
  name: string;
  /** As in its file's name, in capitals; absent when that names none. */
  quantisation?: string;
  bytes: number;
  files: readonly HubFile[];
}

/**
 * What is taken when nobody says: four bits in the mixture that llama.cpp's authors recommend, which most models bear
 * almost without loss; else the nearest above it, then what is smaller, and whole numbers last.
 */
const PREFERRED = (
  "Q4_K_M Q4_K_L Q4_K_XL UD-Q4_K_XL Q4_K_S Q4_K Q4_0 IQ4_NL IQ4_XS Q4_1 MXFP4 MXFP4_MOE Q5_K_M Q5_K_L Q5_K_S Q5_K Q5_0 Q5_1 " +
  "Q6_K Q6_K_L Q8_0 Q3_K_L Q3_K_M Q3_K_S Q3_K IQ3_M IQ3_S IQ3_XS IQ3_XXS Q2_K IQ2_M IQ2_S IQ2_XS IQ2_XXS BF16 F16 F32"
).split(" ");

const QUANTISATION =
  /(?:^|[-_.])((?:UD-)?(?:I?Q\d(?:_[A-Z\d]+)*|TQ\d_\d|MXFP\d(?:_MOE)?|BF16|FP?16|FP?32))(?=$|[-_.])/gi;
const MOST_SHOWN = 30;
const NAME_COLUMNS = 100;

/** `Qwen3-0.6B-Q4_K_M` -> `Q4_K_M`: the last one that the name holds. */
export function quantisationOf(name: string): string | undefined {
  const last = [...name.matchAll(QUANTISATION)].at(-1)?.[1];
  return last?.toUpperCase().replace(/^FP(?=16|32)/, "F");
}

/** The model that `reference` means. Throws UsageError when it does not say enough, PullError when there is none. */
export function chooseModel(files: readonly HubFile[], reference: HubReference): HubModel {
  const models = modelsIn(files);
  const where = `${reference.owner}/${reference.repo}`;
  if (reference.file !== undefined) return namedModel(models, reference.file, where);
  if (models.length === 0) {
    throw new PullError("not_found", `${where} has no GGUF model`, {
      advice: "look for a repository of the same model whose name ends in GGUF",
    });
  }
  if (reference.quantisation !== undefined) {
    return quantised(models, reference.quantisation, where);
  }
  return (models.length === 1 ? models[0] : undefined) ?? preferred(models) ?? ambiguous(models, where);
}

/** The models among the files. A set that lacks parts is none. */
function modelsIn(files: readonly HubFile[]): HubModel[] {
  const models = new Map<string, { parts: number; files: Map<number, HubFile> }>();
  for (const file of files) {
    const named = readFileName(basename(file.path));
    if (!named || isProjector(named.name) || /imatrix/i.test(named.name)) continue;
    const folder = file.path.slice(0, -basename(file.path).length);
    const key = `${folder}${named.name}\0${named.parts}`;
    const model = models.get(key) ?? { parts: named.parts, files: new Map<number, HubFile>() };
    models.set(key, model);
    model.files.set(named.part, file);
  }
  return [...models].flatMap(([key, model]) =>
    model.files.size === model.parts ? [hubModel(key.split("\0")[0] ?? "", model.files)] : [],
  );
}

function hubModel(path: string, parts: ReadonlyMap<number, HubFile>): HubModel {
  const name = basename(path);
  const files = [...parts].sort(([one], [other]) => one - other).map(([, file]) => file);
  const bytes = files.reduce((total, file) => total + file.bytes, 0);
  const quantisation = quantisationOf(name);
  return { name, bytes, files, ...(quantisation !== undefined && { quantisation }) };
}

function namedModel(models: readonly HubModel[], path: string, where: string): HubModel {
  const isMeant = ({ files }: HubModel) =>
    files.some((file) => file.path === path || file.path === `${path}.gguf`) || wholeName(files) === path;
  const model = models.find(isMeant);
  if (model) return model;
  const close = nearest(
    path,
    models.map(({ files }) => files[0]?.path ?? ""),
  );
  const advice = close === undefined ? listed(models, where) : `did you mean ${shown(close)}?`;
  throw new PullError("not_found", `${where} has no model ${shown(path)}`, { advice });
}

/** The parts' common name, as one would write it that does not care for parts. */
function wholeName(files: readonly HubFile[]): string | undefined {
  const first = files[0]?.path;
  const named = first === undefined ? undefined : readFileName(basename(first));
  if (first === undefined || !named) return undefined;
  return first.slice(0, -basename(first).length) + fileNameOf({ ...named, part: 1, parts: 1 });
}

function quantised(models: readonly HubModel[], quantisation: string, where: string): HubModel {
  const wanted = quantisation.toUpperCase();
  const found = models.filter((model) => model.quantisation === wanted);
  if (found.length > 1) return ambiguous(found, where);
  if (found[0]) return found[0];
  throw new PullError("not_found", `${where} has no model in ${shown(quantisation)}`, {
    advice: listed(models, where),
  });
}

function preferred(models: readonly HubModel[]): HubModel | undefined {
  for (const quantisation of PREFERRED) {
    const found = models.filter((model) => model.quantisation === quantisation);
    // Several of the same kind are several models.
    if (found.length > 0) return found.length === 1 ? found[0] : undefined;
  }
  return undefined;
}

function ambiguous(models: readonly HubModel[], where: string): never {
  throw new UsageError(`${where} has several models to choose from`, listed(models, where));
}

function listed(models: readonly HubModel[], where: string): string {
  if (models.length === 0) return "there is no GGUF model in it";
  const files = models.slice(0, MOST_SHOWN).map(({ files, bytes }) => {
    const path = wholeName(files) ?? "";
    return `${shown(path)} (${formatBytes(bytes)})`;
  });
  const more = models.length > MOST_SHOWN ? `, and ${models.length - MOST_SHOWN} more` : "";
  return `write hf:${where}/FILE, where FILE is one of ${files.join(", ")}${more}`;
}

function shown(text: string): string {
  return singleLine(text, NAME_COLUMNS);
}
