# The same job in one pass of jq; compile-jq.sh splits its output into files.
def layer($base; $group):
    reduce ($group | to_entries[]) as $own ($base;
        if $own.value == null then del(.[$own.key])
        elif (.[$own.key] | type) == "array" and ($own.value | type) == "array" then .[$own.key] += $own.value
        elif (.[$own.key] | type) == "object" and ($own.value | type) == "object" then .[$own.key] += $own.value
        else .[$own.key] = $own.value end);

(.__base__ // {}) as $base
| to_entries[]
| select(.key | startswith("__") | not)
| .key as $name
| layer($base; .value)
| {
    name: ("role-" + $name), chef_type: "role", json_class: "Chef::Role",
    description: (.description // ""),
    override_attributes: (.override_attributes // {}),
    default_attributes: (.default_attributes // {}),
    run_list: ((.run_list // []) + (.post_run_list // []))
  }
