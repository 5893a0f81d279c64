#include "engine/storage/fault_store.hpp"

#include "engine/base/check.hpp"

namespace holdfast {
namespace {

[[noreturn]] void fail_as_scripted(const Fault& fault, std::string_view name) {
    throw Error(fault.code, "a fault was injected at " + std::string(name));
}

void flip_bit(std::span<std::byte> bytes, std::uint64_t bit) {
    if (bytes.empty()) return;
    const std::uint64_t at = bit % (bytes.size() * 8);
    bytes[at / 8] ^= static_cast<std::byte>(1U << (at % 8));
}

// Runs a call that has an effect and returns nothing wrong: only the two kinds of failure apply to it.
template <typename Work>
auto with_faults(FaultScript& script, StoreCall call, std::string_view name, Work&& work) {
    const std::optional<Fault> fault = script.next(call, name);
    if (fault && fault->kind != FaultKind::FailAfter) fail_as_scripted(*fault, name);
    if (fault) {
        work();
        fail_as_scripted(*fault, name);
    }
    return work();
}

class FaultyUpload final : public Upload {
public:
    FaultyUpload(std::unique_ptr<Upload> inner, std::string name, FaultScript& script)
        : inner_(std::move(inner)), name_(std::move(name)), script_(script) {}
    void append(ByteView bytes) override {
        with_faults(script_, StoreCall::Append, name_, [&] { inner_->append(bytes); });
    }
    bool commit() override {
        return with_faults(script_, StoreCall::Commit, name_, [&] { return inner_->commit(); });
    }

private:
    const std::unique_ptr<Upload> inner_;
    const std::string name_;
    FaultScript& script_;
};

class FaultStore final : public Store {
public:
    FaultStore(std::unique_ptr<Store> inner, FaultScript& script) : inner_(std::move(inner)), script_(script) {
        HOLDFAST_CHECK(inner_ != nullptr);
    }

    StoreTraits traits() const override { return inner_->traits(); }

    std::unique_ptr<Upload> begin_upload(const std::string& name) override {
        return with_faults(script_, StoreCall::BeginUpload, name, [&]() -> std::unique_ptr<Upload> {
            return std::make_unique<FaultyUpload>(inner_->begin_upload(name), name, script_);
        });
    }
    bool put_if_absent(const std::string& name, ByteView bytes) override {
        return with_faults(script_, StoreCall::PutIfAbsent, name, [&] { return inner_->put_if_absent(name, bytes); });
    }
    void put(const std::string& name, ByteView bytes) override {
        with_faults(script_, StoreCall::Put, name, [&] { inner_->put(name, bytes); });
    }
    Bytes get(const std::string& name, std::uint64_t bytes_max) override;
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override;
    std::optional<ObjectFacts> look_at(const std::string& name) override {
        return with_faults(script_, StoreCall::LookAt, name, [&] { return inner_->look_at(name); });
    }
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override {
        with_faults(script_, StoreCall::List, prefix, [&] { inner_->list(prefix, visit); });
    }
    bool remove(const std::string& name) override {
        return with_faults(script_, StoreCall::Remove, name, [&] { return inner_->remove(name); });
    }
    std::size_t sweep_leftovers(Instant older_than) override { return inner_->sweep_leftovers(older_than); }
    std::optional<std::uint64_t> free_bytes() override { return inner_->free_bytes(); }

private:
    const std::unique_ptr<Store> inner_;
    FaultScript& script_;
};

Bytes FaultStore::get(const std::string& name, std::uint64_t bytes_max) {
    const std::optional<Fault> fault = script_.next(StoreCall::Get, name);
    if (fault && fault->kind == FaultKind::FailBefore) fail_as_scripted(*fault, name);
    Bytes bytes = inner_->get(name, bytes_max);
    if (fault && fault->kind == FaultKind::FailAfter) fail_as_scripted(*fault, name);
    if (fault && fault->kind == FaultKind::ShortRead) bytes.resize(bytes.size() / 2);
    if (fault && fault->kind == FaultKind::FlipBit) flip_bit(bytes, fault->bit);
    return bytes;
}

void FaultStore::get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) {
    const std::optional<Fault> fault = script_.next(StoreCall::GetRange, name);
    if (fault && fault->kind == FaultKind::FailBefore) fail_as_scripted(*fault, name);
    inner_->get_range(name, offset, out);
    if (fault && fault->kind == FaultKind::FailAfter) fail_as_scripted(*fault, name);
    if (fault && fault->kind == FaultKind::ShortRead) throw Error(ErrorCode::Corrupt, name + " ends too early");
    if (fault && fault->kind == FaultKind::FlipBit) flip_bit(out, fault->bit);
}

}  // namespace

void FaultScript::add(Fault fault) {
    const std::lock_guard lock(mutex_);
    faults_.push_back({.fault = std::move(fault), .seen = 0});
}

std::optional<Fault> FaultScript::next(StoreCall call, std::string_view name) {
    const std::lock_guard lock(mutex_);
    ++calls_[static_cast<std::size_t>(call)];
    std::optional<Fault> strikes;
    for (Armed& armed : faults_) {
        if (armed.fault.call != call || !name.starts_with(armed.fault.prefix)) continue;
        ++armed.seen;
        const bool due = armed.seen >= armed.fault.passage && armed.seen < armed.fault.passage + armed.fault.times;
        if (due && !strikes) strikes = armed.fault;
    }
    return strikes;
}

int FaultScript::calls(StoreCall call) const {
    const std::lock_guard lock(mutex_);
    return calls_[static_cast<std::size_t>(call)];
}

std::unique_ptr<Store> make_fault_store(std::unique_ptr<Store> inner, FaultScript& script) {
    return std::make_unique<FaultStore>(std::move(inner), script);
}

}  // namespace holdfast
