// One object on its way into a local store: a file under a temporary name that nothing lists.
#pragma once

#include <memory>

#include "engine/storage/store.hpp"
#include "providers/stores/local/local_folder.hpp"

namespace holdfast {

// The folder of temporary files, at the top of the store. '~' is in no object's name, so that it can
// neither be listed nor asked for.
inline constexpr std::string_view kUploadsFolder = "~uploads";

// Bytes go straight to the file; the kernel is told to write them back early, so that the sync at the
// end is short. Not committed (or failed): the temporary file is removed, whole or not.
class LocalUpload final : public Upload {
public:
    LocalUpload(const fs::path& root, std::string name);
    LocalUpload(const LocalUpload&) = delete;
    LocalUpload& operator=(const LocalUpload&) = delete;
    ~LocalUpload() override;

    void append(ByteView bytes) override;
    bool commit() override;
    // As commit, but what has the name already is replaced.
    void commit_over();

private:
    void write_back();
    void sync();
    void unlink_temporary() noexcept;

    const fs::path root_;
    const std::string name_;
    ObjectPlace temporary_;
    Descriptor file_;
    std::uint64_t size_ = 0;
    std::uint64_t handed_over_ = 0;   // Up to here the kernel was told to write back.
    bool is_named_ = false;
};

}  // namespace holdfast
