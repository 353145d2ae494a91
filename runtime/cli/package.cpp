// tenon connector keygen, pack, sign, verify: packages as files; no host is asked.
#include "cli/package.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

#include "cli/package_files.hpp"
#include "manifest/changes.hpp"
#include "manifest/workspace.hpp"
#include "packages/trust.hpp"

namespace tenon::cli {
namespace {

using Json = nlohmann::json;
using packages::Package;
namespace fs = std::filesystem;

constexpr std::size_t kMaxWorkspaceBytes = 1u << 20;

struct PackageArguments {
  std::string file, folder, out, key, workspace;
  std::vector<std::string> keys;
};

std::string abi_of(const Manifest& manifest) {
  return std::to_string(manifest.abi_major) + "." + std::to_string(manifest.needs_minor);
}

Json summary_of(const Package& package, const std::string& file) {
  Json signers = Json::array();
  for (const auto& key : package.signers) signers.push_back(key.text);
  return {{"release", package.release()},
          {"file", file},
          {"digest", package.digest},
          {"signers", std::move(signers)}};
}

int keygen(Session& session, const PackageArguments& given) {
  std::random_device random;  // of the kernel
  std::string seed;
  while (seed.size() < packages::kSeedBytes) seed += static_cast<char>(random() & 0xff);
  auto key = packages::PrivateKey::from_seed(Secret(std::move(seed)));
  if (!key) return session.fail(key.error());
  const auto written = write_key_file(given.file, *key);
  if (!written) return session.fail(written.error());
  const std::string& open = key->public_key().text;
  if (session.json) return session.print({{"file", given.file}, {"public_key", open}}, "");
  session.out() << open << "\n" << std::flush;
  session.err() << "The private key is in " << clean(given.file)
                << ", for you alone: whoever has it signs in your name, and there is no other "
                   "copy.\nThe public one, above, goes into workspace files:\n\n"
                << "[[trust.keys]]\nname = \"my-team\"\nkey = \"" << open << "\"\n";
  return kOk;
}

// A folder gets the file by its usual name.
std::string place_for(const std::string& out, const Manifest& manifest) {
  std::error_code error;
  if (out.empty()) return packages::file_name_of(manifest);
  if (fs::is_directory(out, error))
    return (fs::path(out) / packages::file_name_of(manifest)).string();
  return out;
}

int pack(Session& session, const PackageArguments& given) {
  std::string folder = given.folder;
  if (folder.empty()) folder = fs::path(given.file).parent_path().string();
  auto files = gather(given.file, folder.empty() ? "." : folder);
  if (!files) return session.fail(files.error());
  auto package = packages::make_package(std::move(*files));
  if (!package) return session.fail(std::move(package).error().in(given.file));
  // So that its author hears of a mistake, not whoever compares it with the release before.
  if (const auto* changes = package->file("changes.toml")) {
    const auto parsed = parse_changes(changes->bytes, (fs::path(folder) / "changes.toml").string());
    if (!parsed) return session.fail(parsed.error());
  }
  const auto bytes = packages::write_package(*package);
  if (!bytes) return session.fail(bytes.error());
  const std::string out = place_for(given.out, package->manifest);
  const auto written = write_package_file(out, *bytes);
  if (!written) return session.fail(written.error());
  Json answer = summary_of(*package, out);
  answer["files"] = package->files.size();
  answer["bytes"] = bytes->size();
  const std::string shown = clean(out);
  return session.print(answer, "packed " + package->release() + " into " + shown + ": " +
                                   count_text(package->files.size(), "file", "files") + ", " +
                                   bytes_text(bytes->size()) + "\ndigest " + package->digest +
                                   "\n\nNext:\n" + "  tenon connector sign " + shown +
                                   " --key KEYFILE\n  tenon connector install " + shown + "\n");
}

int sign(Session& session, const PackageArguments& given) {
  const auto key = read_key_file(given.key);
  if (!key) return session.fail(key.error());
  auto package = read_package_file(given.file);
  if (!package) return session.fail(package.error());
  const auto done = packages::sign(*package, *key);
  if (!done) return session.fail(done.error());
  const auto bytes = packages::write_package(*package);
  if (!bytes) return session.fail(bytes.error());
  const auto written = write_package_file(given.file, *bytes);
  if (!written) return session.fail(written.error());
  return session.print(summary_of(*package, given.file), clean(given.file) + " is signed by " +
                                                             key->public_key().text + ", over:\n" +
                                                             package->statement());
}

// What is wanted of the signatures: the keys that were given, the workspace's [trust], or neither.
Result<std::string> fault_of(const Package& package, const PackageArguments& given, Trust& trust) {
  for (const auto& text : given.keys) {
    TENON_TRY_AS(const auto key, packages::parse_public_key(text));
    const auto& all = package.signers;
    if (std::find(all.begin(), all.end(), key) == all.end()) return "not signed by " + key.text;
  }
  if (given.workspace.empty()) return std::string();
  TENON_TRY_AS(const auto toml, read_file(given.workspace, kMaxWorkspaceBytes));
  auto workspace = parse_workspace(toml, given.workspace);
  if (!workspace) return Error(workspace.error().errors.front());
  trust = std::move(workspace->trust);
  const auto judged = packages::judge(package.manifest.id, package.signers, trust);
  if (trust.require_signature && !judged.trusted()) {
    return "not to be installed there: " + judged.doubt;
  }
  return std::string();
}

std::string signers_text(const packages::Judged& judged) {
  if (judged.signers.empty()) return "nobody";
  std::string out;
  for (const auto& signer : judged.signers) {
    out += (out.empty() ? "" : ", ") + (signer.name.empty() ? "" : signer.name + " ") +
           signer.key.text;
  }
  return out;
}

int verify(Session& session, const PackageArguments& given) {
  const auto package = read_package_file(given.file);
  if (!package) return session.fail(package.error());
  Trust trust;
  const auto fault = fault_of(*package, given, trust);
  if (!fault) return session.fail(fault.error());
  const auto judged = packages::judge(package->manifest.id, package->signers, trust);
  Json files = Json::array();
  std::string list;
  for (const auto& file : package->files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes.size()}});
    list += "  " + file.name + "  " + bytes_text(file.bytes.size()) + "\n";
  }
  Json answer = summary_of(*package, given.file);
  answer["good"] = fault->empty();
  answer["abi"] = abi_of(package->manifest);
  answer["architecture"] = packages::kArchitecture;
  answer["profile"] = package->manifest.profile;
  answer["files"] = std::move(files);
  if (!fault->empty()) answer["problem"] = *fault;
  const std::string verdict =
      fault->empty() ? session.style.good("good") : session.style.bad("not good") + ": " + *fault;
  session.print(answer, package->release() + "  ABI " + abi_of(package->manifest) + ", " +
                            std::string(packages::kArchitecture) + ", profile " +
                            package->manifest.profile + "\ndigest     " + package->digest +
                            "\nsigned by  " + signers_text(judged) + "\n" + list + verdict + "\n");
  return fault->empty() ? kOk : kFailed;
}

}  // namespace

void add_package(CLI::App& connector, Session& session) {
  auto given = std::make_shared<PackageArguments>();
  const auto add = [&](const char* name, const char* about,
                       int (*run)(Session&, const PackageArguments&)) {
    auto* command = connector.add_subcommand(name, about);
    command->callback([&session, given, run] {
      session.run = [&session, given, run] { return run(session, *given); };
    });
    return command;
  };
  auto* generating = add("keygen", "Make a key that signs packages", &keygen);
  generating->add_option("FILE", given->file, "Where the private half goes; must be new")
      ->required();
  generating->footer(
      "The public half alone is printed to stdout.\n\n"
      "Examples:\n  tenon connector keygen ~/.config/tenon/release.key");
  auto* packing = add("pack", "Make one file of a connector: NAME-VERSION.tenonpkg", &pack);
  packing->add_option("SO", given->file, "The built connector")->required();
  packing->add_option("FOLDER", given->folder,
                      "Where CHANGELOG.md, LICENSE, README.md, changes.toml, golden/ and schemas/ "
                      "lie; default: beside the .so");
  packing->add_option("--out", given->out, "The file to write, or its folder; default: here");
  packing->footer(
      "The same files give the same package, byte for byte, wherever and whenever it is made.\n"
      "A changes.toml is checked: it lists what the release means to do otherwise (tenon connector "
      "diff).\n\n"
      "Examples:\n"
      "  tenon connector pack build/connectors/acme.so .\n"
      "  tenon connector pack build/connectors/acme.so . --out dist");
  auto* signing = add("sign", "Add a signature to a package", &sign);
  signing->add_option("PACKAGE", given->file, "A .tenonpkg; it is changed in place")->required();
  signing->add_option("--key", given->key, "The private key of tenon connector keygen")->required();
  signing->footer(
      "What is signed: name, version, ABI, architecture, isolation profile and digest of the "
      "content.\nSeveral may sign one package.\n\n"
      "Examples:\n  tenon connector sign acme-1.0.0.tenonpkg --key ~/.config/tenon/release.key");
  auto* verifying = add("verify", "Check a package: its content, digest and signatures", &verify);
  verifying->add_option("PACKAGE", given->file, "A .tenonpkg")->required();
  verifying
      ->add_option("--key", given->keys,
                   "A public key that must have signed it; may be given again")
      ->take_all();
  verifying->add_option("--workspace", given->workspace,
                        "Judge it as the [trust] of this workspace file does");
  verifying->footer(
      "Exit status: 0 good, 1 not. A wrong signature is never good; none at all is, unless you "
      "ask for one.\n\n"
      "Examples:\n"
      "  tenon connector verify acme-1.0.0.tenonpkg\n"
      "  tenon connector verify acme-1.0.0.tenonpkg --workspace workspace.toml");
}

}  // namespace tenon::cli
