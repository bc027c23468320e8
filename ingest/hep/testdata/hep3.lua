-- A dissector of HEP version 3 for the cross-check in tshark_test.go: it walks
-- the chunks by itself and leaves addresses, times and strings to Wireshark.
-- Wireshark has none of its own. Fields: tshark -G fields | grep hep3
local hep = Proto("hep3", "Homer Encapsulation Protocol 3")
local f = {
	family = ProtoField.uint8("hep3.family", "IP family"),
	ipproto = ProtoField.uint8("hep3.ipproto", "IP protocol"),
	src4 = ProtoField.ipv4("hep3.src4", "Source"),
	dst4 = ProtoField.ipv4("hep3.dst4", "Destination"),
	src6 = ProtoField.ipv6("hep3.src6", "Source"),
	dst6 = ProtoField.ipv6("hep3.dst6", "Destination"),
	sport = ProtoField.uint16("hep3.sport", "Source port"),
	dport = ProtoField.uint16("hep3.dport", "Destination port"),
	time = ProtoField.absolute_time("hep3.time", "Captured", base.UTC),
	proto = ProtoField.uint8("hep3.proto", "Payload type"),
	capid = ProtoField.uint32("hep3.capid", "Capture id"),
	cid = ProtoField.string("hep3.cid", "Correlation id"),
	payload_len = ProtoField.uint32("hep3.payload_len", "Payload length"),
}
for _, field in pairs(f) do table.insert(hep.fields, field) end

local plain = {
	[1] = f.family, [2] = f.ipproto, [3] = f.src4, [4] = f.dst4, [5] = f.src6, [6] = f.dst6,
	[7] = f.sport, [8] = f.dport, [11] = f.proto, [12] = f.capid, [17] = f.cid,
}

function hep.dissector(buf, pinfo, root)
	if buf:len() < 6 or buf(0, 4):string() ~= "HEP3" then return 0 end
	pinfo.cols.protocol = "HEP3"
	local total = buf(4, 2):uint()
	local tree = root:add(hep, buf(0, total))
	local at, sec, usec = 6, nil, 0
	while at < total do
		local vendor, kind, len = buf(at, 2):uint(), buf(at + 2, 2):uint(), buf(at + 4, 2):uint()
		local value = buf(at + 6, len - 6)
		if vendor == 0 then
			if plain[kind] then tree:add(plain[kind], value) end
			if kind == 9 then sec = value:uint() end
			if kind == 10 then usec = value:uint() end
			if kind == 15 then tree:add(f.payload_len, value, value:len()) end
		end
		at = at + len
	end
	if sec then tree:add(f.time, buf(0, total), NSTime.new(sec, usec * 1000)) end
	return total
end

local udp = DissectorTable.get("udp.port")
udp:add(19061, hep) -- rtpengine_hep.pcap
udp:add(19062, hep) -- kamailio_hep_publish.pcap
