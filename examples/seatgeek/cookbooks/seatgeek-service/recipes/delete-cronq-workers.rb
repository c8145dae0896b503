seatgeek_circus 'cronq-workers' do
  action :delete
end
