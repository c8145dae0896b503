# Before a recipe stops them: others are told of the services that this group provides no more.
execute 'decommission services' do
  command '/usr/local/bin/baker-node decommission --dropped'
  timeout 172_800
end
