// The same job in Node.js: node compile.mjs NODES OUT
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const [, , source, out] = process.argv;
const isDict = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const merge = (base, group) => {
    const result = { ...base };
    for (const [key, own] of Object.entries(group)) {
        const inherited = result[key];
        if (own === null) delete result[key];
        else if (Array.isArray(inherited) && Array.isArray(own)) result[key] = [...inherited, ...own];
        else if (isDict(inherited) && isDict(own)) result[key] = { ...inherited, ...own };
        else result[key] = own;
    }
    return result;
};

const { __base__: base = {}, ...nodes } = JSON.parse(readFileSync(source, "utf8"));
mkdirSync(out, { recursive: true });
for (const [name, own] of Object.entries(nodes)) {
    if (name.startsWith("__")) continue;
    const group = merge(base, own);
    const text = JSON.stringify({
        name: `role-${name}`, chef_type: "role", json_class: "Chef::Role",
        description: group.description ?? "",
        override_attributes: group.override_attributes ?? {},
        default_attributes: group.default_attributes ?? {},
        run_list: [...(group.run_list ?? []), ...(group.post_run_list ?? [])],
    }, null, 4) + "\n";
    const path = `${out}/${name}.json`;
    try {
        if (readFileSync(path, "utf8") === text) continue;
    } catch {
        // not there yet
    }
    writeFileSync(path, text);
}
