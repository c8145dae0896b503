# Before the recipes that would stop them: others are told of the services that this group provides no more, and the node's own jobs
# have the time of "drain" to end. What it still provides serves on.
execute 'decommission services' do
  command '/usr/local/bin/baker-node decommission --dropped'
  timeout 172_800
end
