package clickhouse

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
)

// The engine would read ./config.xml, ~/.clickhouse-local and
// /etc/clickhouse-local by itself; an explicit file keeps the working directory
// and the user's home from configuring it.
//
// Grants leave out SOURCES (files, URLs, other servers), backups, named
// collections and access management. The profile's constraints are what a query
// cannot raise.
var (
	serverTemplate = template.Must(template.New("config.xml").Funcs(template.FuncMap{"x": escape}).Parse(`<clickhouse>
  <path>{{x .Store}}</path>
  <tmp_path>{{x .Store}}tmp/</tmp_path>
  <user_files_path>{{x .Store}}user_files/</user_files_path>
  <format_schema_path>{{x .Store}}format_schemas/</format_schema_path>
  <user_scripts_path>{{x .Store}}user_scripts/</user_scripts_path>
  <display_name>trunkline</display_name>
  <max_server_memory_usage>{{.MaxServerMemoryBytes}}</max_server_memory_usage>
  <mark_cache_size>268435456</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <users_config>{{x .Users}}</users_config>
  <user_directories><users_xml><path>{{x .Users}}</path></users_xml></user_directories>
  <remote_url_allow_hosts><host>none.invalid</host></remote_url_allow_hosts>
</clickhouse>
`))
	usersTemplate = template.Must(template.New("users.xml").Parse(`<clickhouse>
  <profiles>
    <default>
      <max_memory_usage>{{.MaxQueryMemoryBytes}}</max_memory_usage>
      <max_execution_time>{{.MaxQuerySeconds}}</max_execution_time>
      <constraints>
        <max_memory_usage><min>1</min><max>{{.MaxQueryMemoryBytes}}</max></max_memory_usage>
        <format_schema><readonly/></format_schema>
        <format_template_row><readonly/></format_template_row>
        <format_template_resultset><readonly/></format_template_resultset>
        <format_avro_schema_registry_url><readonly/></format_avro_schema_registry_url>
        <allow_introspection_functions><readonly/></allow_introspection_functions>
        <allow_experimental_eval_table_function><readonly/></allow_experimental_eval_table_function>
      </constraints>
    </default>
  </profiles>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT CHECK, SHOW, SELECT, INSERT, ALTER, CREATE, DROP, UNDROP TABLE, TRUNCATE, OPTIMIZE, KILL QUERY, SYSTEM, dictGet ON *.*</query>
        <query>GRANT TABLE ENGINE ON MergeTree</query>
        <query>GRANT SET DEFINER ON *</query>
      </grants>
    </default>
  </users>
  <quotas><default/></quotas>
</clickhouse>
`))
)

// writeConfig writes both files into the data directory and gives the path of
// the first.
func writeConfig(c childConfig) (string, error) {
	server, users := filepath.Join(c.DataDir, "config.xml"), filepath.Join(c.DataDir, "users.xml")
	values := struct {
		childConfig
		Store, Users string
	}{c, storeDir(c.DataDir), users}
	for path, t := range map[string]*template.Template{server: serverTemplate, users: usersTemplate} {
		var text bytes.Buffer
		if err := t.Execute(&text, values); err != nil {
			return "", fmt.Errorf("engine configuration: %w", err)
		}
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			return "", fmt.Errorf("engine configuration: %w", err)
		}
	}
	return server, nil
}

func escape(s string) (string, error) {
	var b bytes.Buffer
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}
