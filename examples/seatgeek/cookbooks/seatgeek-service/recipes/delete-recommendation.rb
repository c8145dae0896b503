seatgeek_circus 'recommendation' do
  action :delete
end
