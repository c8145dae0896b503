// The same job in Jsonnet: jsonnet -m OUT --ext-code-file nodes=NODES compile.jsonnet
// It sorts keys and indents by 3, so its output is equal in meaning, not in bytes; std.manifestJsonEx, which indents
// by 4, is 100 times slower.
local nodes = std.extVar('nodes');
local base = std.get(nodes, '__base__', {});
local layer(group) = { [key]: base[key] for key in std.objectFields(base) if !std.objectHas(group, key) } + {
    [key]:
        local own = group[key];
        local inherited = std.get(base, key, null);
        if std.isArray(inherited) && std.isArray(own) then inherited + own
        else if std.isObject(inherited) && std.isObject(own) then inherited + own
        else own
    for key in std.objectFields(group)
    if group[key] != null
};
{
    [name + '.json']:
        local group = layer(nodes[name]);
        {
            name: 'role-' + name,
            chef_type: 'role',
            json_class: 'Chef::Role',
            description: std.get(group, 'description', ''),
            override_attributes: std.get(group, 'override_attributes', {}),
            default_attributes: std.get(group, 'default_attributes', {}),
            run_list: std.get(group, 'run_list', []) + std.get(group, 'post_run_list', []),
        }
    for name in std.objectFields(nodes)
    if !std.startsWith(name, '__')
}
