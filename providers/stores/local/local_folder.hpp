// Walks a store's folder by descriptors, one name after the other, without following symbolic links: a
// link that somebody put inside the store cannot lead a write or a read out of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/file.hpp"

namespace holdfast {

// An owned descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
    int get() const { return descriptor_; }
    explicit operator bool() const { return descriptor_ >= 0; }
    int release();

private:
    int descriptor_ = -1;
};

// The folder that holds an object, open, and the object's last name in it.
struct ObjectPlace {
    Descriptor folder;
    std::string leaf;
};

// Nothing where a folder on the way is missing.
std::optional<ObjectPlace> find_object_place(const fs::path& root, std::string_view name);
// Makes what is missing on the way, private and synced.
ObjectPlace make_object_place(const fs::path& root, std::string_view name);

// Opens a folder inside another one; nothing where it is missing. Throws where it is no folder.
std::optional<Descriptor> open_folder_in(int folder, const std::string& name);

void sync_descriptor(int descriptor, std::string_view what);

}  // namespace holdfast
