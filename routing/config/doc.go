// Package config reads the configuration of a routing pool from YAML, strictly:
// an unknown key, a key given twice, a value of the wrong kind and a name that
// does not exist are errors, and all of them are listed, those of the text by
// line and those of the meaning by the path of the field.
//
//	skills: [spanish, billing]
//	break_reasons: [lunch]
//	hours:
//	  - name: office
//	    time_zone: Europe/Berlin
//	    week: {monday: ["09:00-17:00"], tuesday: ["09:00-17:00"]}
//	queues:
//	  - id: support
//	    require: billing>=2
//	    steps:
//	      - {require: spanish>=4, until: 20s}
//	      - {require: spanish>=2, until: 1m}
//	    hours: office
//	    max_wait: 10m
//	    overflow: {closed: "voicemail:support", wait: "queue:overflow"}
//	  - id: overflow
//	profiles:
//	  - id: front
//	    queues: [{queue: support}, {queue: overflow, priority: 2, delay: 30s}]
//	    capacity: [{channel: voice, max: 1, beside: [chat]}, {channel: chat, max: 3}]
//	agents:
//	  - {id: kim, profile: front, skills: {spanish: 5, billing: 3}}
//
// Lengths of time are written as Go does (20s, 1m30s), in whole milliseconds.
// Targets are kind:name, such as queue:overflow, person:kim, voicemail:box,
// callback, flow:label, pool:other or disconnect. Requirements are expressions
// as [routing.ParseRequirement] reads them. What is left out has the default
// that the field of [routing.Config] states.
package config
