include_recipe 'python::default'

seatgeek_circus 'recommendation' do
  action :create
end
