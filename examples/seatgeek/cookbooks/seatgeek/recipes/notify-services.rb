# After the recipes that start them: others are told of the services that this node provides.
execute 'notify services' do
  command '/usr/local/bin/baker-node notify --wait 15'
  returns [0, 4] # 4: one does not answer yet; baker-services.service announces it as soon as it does
end
